//! Pictures from outside, drawn anew: decoded to pixels within limits, made smaller where they are large, and written as a PNG that holds
//! nothing else. Whatever else a file carried (scripts, other formats, places where it was taken) stays behind.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// No picture is decoded that has a longer side, in pixels.
const MAX_SIDE: u32 = 16_384;
/// Nor one that takes more memory, in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longer side of what is shown, in pixels.
const SHOWN_SIDE: u32 = 1_600;
/// The longer side of what is kept of a picture from outside, in pixels.
const KEPT_SIDE: u32 = 2_560;
/// A PNG that is larger, in bytes, is a photograph: it is kept as JPEG.
const MAX_PNG: usize = 4 * 1024 * 1024;

/// A PNG of the same pixels. Takes PNG, JPEG, GIF (its first frame) and WebP. Takes its time: not to be called where others wait.
///
/// # Errors
/// Why it can't be drawn, in a sentence.
pub(super) fn drawn_anew(content: &[u8]) -> Result<Vec<u8>, String> {
    let (shown, _) = pixels(content, SHOWN_SIDE)?;
    written(shown, ImageFormat::Png)
}

/// What is kept of a picture that somebody outside has sent: its name and content, drawn anew, a photograph as JPEG and anything else as PNG.
/// Takes its time: not to be called where others wait.
///
/// # Errors
/// Why it can't be drawn, in a sentence.
pub(super) fn kept_anew(name: &str, content: &[u8]) -> Result<(String, Vec<u8>), String> {
    let (picture, format) = pixels(content, KEPT_SIDE)?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if format != ImageFormat::Jpeg {
        let png = written(picture.clone(), ImageFormat::Png)?;
        if png.len() <= MAX_PNG {
            return Ok((format!("{stem}.png"), png));
        }
    }
    Ok((format!("{stem}.jpg"), written(picture, ImageFormat::Jpeg)?))
}

/// The pixels, the right way up, at most `side` on the longer side, and what they came in.
fn pixels(content: &[u8], side: u32) -> Result<(DynamicImage, ImageFormat), String> {
    let mut reader = ImageReader::new(Cursor::new(content)).with_guessed_format().map_err(|error| unreadable(&error))?;
    let is_taken = |format: &ImageFormat| matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP);
    let Some(format) = reader.format().filter(is_taken) else {
        return Err("This kind of picture is not shown here. Save it to look at it.".to_owned());
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    // A photograph says which way is up; what says so stays behind.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    picture.apply_orientation(orientation);
    let is_large = picture.width().max(picture.height()) > side;
    Ok((if is_large { picture.thumbnail(side, side) } else { picture }, format))
}

/// Eight bits a channel: what a screen shows.
fn written(picture: DynamicImage, format: ImageFormat) -> Result<Vec<u8>, String> {
    let plain = match format {
        ImageFormat::Jpeg => DynamicImage::ImageRgb8(picture.into_rgb8()),
        _ => DynamicImage::ImageRgba8(picture.into_rgba8()),
    };
    let mut bytes = Vec::new();
    plain.write_to(&mut Cursor::new(&mut bytes), format).map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

fn unreadable(error: &impl std::fmt::Display) -> String {
    format!("The picture can't be shown: {error}. Save it to look at it.")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use image::RgbaImage;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = RgbaImage::from_pixel(width, height, image::Rgba([1, 2, 3, 255]));
        DynamicImage::ImageRgba8(picture).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn only_the_pixels_are_left() {
        let hidden = b"<script>alert(document.domain)</script>";
        let polyglot = [png(3, 2), hidden.to_vec()].concat();
        let drawn = drawn_anew(&polyglot).unwrap();
        assert!(!drawn.windows(hidden.len()).any(|part| part == hidden));
        let read = image::load_from_memory(&drawn).unwrap();
        assert_eq!((read.width(), read.height(), read.into_rgba8().get_pixel(2, 1).0), (3, 2, [1, 2, 3, 255]));
    }

    #[test]
    fn a_photograph_is_kept_upright_and_says_nothing_but_its_pixels() {
        let mut jpeg = Vec::new();
        DynamicImage::ImageRgb8(image::RgbImage::from_pixel(40, 20, image::Rgb([200, 10, 10])))
            .write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg)
            .unwrap();
        // APP1 with Exif: a single entry, orientation 6 (turn right), and a place.
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0 GPS 52.5 13.4";
        let mut photo = jpeg[..2].to_vec();
        photo.extend([0xff, 0xe1]);
        photo.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        photo.extend_from_slice(exif);
        photo.extend_from_slice(&jpeg[2..]);
        let (name, kept) = kept_anew("Photo 1.JPEG", &photo).unwrap();
        let read = image::load_from_memory(&kept).unwrap();
        assert_eq!((name.as_str(), read.width(), read.height()), ("Photo 1.jpg", 20, 40));
        assert!(!kept.windows(3).any(|part| part == b"GPS"));
        assert_eq!(kept_anew("a.gif", &png(3, 2)).unwrap().0, "a.png", "it is what it holds");
    }

    #[test]
    fn a_large_one_is_made_smaller_and_a_bomb_is_refused() {
        let drawn = drawn_anew(&png(3_200, 16)).unwrap();
        assert_eq!(image::load_from_memory(&drawn).unwrap().width(), SHOWN_SIDE);
        // A header that promises 60,000 by 60,000 pixels.
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(drawn_anew(&bomb).is_err());
        assert!(drawn_anew(b"<svg/>").is_err());
        assert!(drawn_anew(&png(9, 9)[..40]).is_err());
    }
}
