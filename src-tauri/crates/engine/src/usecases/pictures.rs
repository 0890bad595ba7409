//! Pictures from outside, drawn anew: decoded to pixels within limits, made smaller where they are large, and written as a PNG that holds
//! nothing else. Whatever else a file carried (scripts, other formats, places where it was taken) stays behind.

use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// No picture is decoded that has a longer side, in pixels.
const MAX_SIDE: u32 = 16_384;
/// Nor one that takes more memory, in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// The longer side of what is shown, in pixels.
const SHOWN_SIDE: u32 = 1_600;

/// A PNG of the same pixels. Takes PNG, JPEG, GIF (its first frame) and WebP. Takes its time: not to be called where others wait.
///
/// # Errors
/// Why it can't be drawn, in a sentence.
pub(super) fn drawn_anew(content: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = ImageReader::new(Cursor::new(content)).with_guessed_format().map_err(|error| unreadable(&error))?;
    let is_taken = |format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP);
    if !reader.format().is_some_and(is_taken) {
        return Err("This kind of picture is not shown here. Save it to look at it.".to_owned());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unreadable(&error))?;
    let is_large = picture.width().max(picture.height()) > SHOWN_SIDE;
    let shown = if is_large { picture.thumbnail(SHOWN_SIDE, SHOWN_SIDE) } else { picture };
    // Eight bits a channel: what a screen shows.
    let plain = DynamicImage::ImageRgba8(shown.into_rgba8());
    let mut png = Vec::new();
    plain.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).map_err(|error| unreadable(&error))?;
    Ok(png)
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
