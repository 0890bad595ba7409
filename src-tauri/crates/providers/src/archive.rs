//! Reads the wanted files of a zip archive that a stranger packed: within limits of entries, sizes and ratio, and into memory alone. Must
//! not use a path of it for anything but showing it.

use crate::failure::unexpected;
use pilothouse_engine::ports::provider::{ArtifactFile, ArtifactFiles, ArtifactLimits, ProviderError, Wanted};
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// Entries of an archive that are looked at.
const MOST_ENTRIES: usize = 20_000;
/// How many times larger than its packed form a file may be: text packs to about a twentieth, DEFLATE ends at a thousandth.
const MOST_RATIO: u64 = 200;
/// Below this size the ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;

/// The wanted files of an archive. `subject` says whose it is.
pub(crate) fn files(bytes: &[u8], subject: &str, wanted: Wanted<'_>, limits: &ArtifactLimits) -> Result<ArtifactFiles, ProviderError> {
    let damaged =
        |why: String| unexpected(format!("{subject} can't be read as a zip archive: {why}."), "Look at the run's page at the provider.");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    if archive.len() > MOST_ENTRIES {
        return Err(damaged(format!("it has {} entries, more than {MOST_ENTRIES}", archive.len())));
    }
    let mut found = ArtifactFiles::default();
    let mut unpacked = 0_usize;
    for index in 0..archive.len() {
        // Names are looked at before anything is unpacked.
        let Some(path) = archive.name_for_index(index).and_then(Result::ok).map(|name| name.replace('\\', "/")) else { continue };
        if path.ends_with('/') || !wanted(&path) {
            continue;
        }
        if found.files.len() >= limits.files {
            found.left_out.push(format!("{path}: more than {} files are wanted", limits.files));
            break;
        }
        let room = limits.file_bytes.min(limits.unpacked_bytes.saturating_sub(unpacked));
        match text(&mut archive, index, room) {
            Ok(text) => {
                unpacked += text.len();
                found.files.push(ArtifactFile { path, text });
            }
            Err(reason) => found.left_out.push(format!("{path}: {reason}")),
        }
    }
    found.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn text(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, room: usize) -> Result<String, String> {
    let entry = archive.by_index(index).map_err(|error| error.to_string())?;
    let (packed, size) = (entry.compressed_size(), entry.size());
    if size > RATIO_FROM && size / packed.max(1) > MOST_RATIO {
        return Err(format!("it unpacks to {} times its size", size / packed.max(1)));
    }
    // What the archive says of a size is a claim: no more than the room is read, whatever it says.
    let most = u64::try_from(room).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    entry.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > room {
        return Err(format!("it is larger than the {} KiB that may be read of it", room / 1024));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    const LIMITS: ArtifactLimits = ArtifactLimits { download_bytes: 1 << 20, files: 3, file_bytes: 4 << 20, unpacked_bytes: 6 << 20 };

    fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read(entries: &[(&str, &[u8])]) -> ArtifactFiles {
        files(&packed(entries), "the artifact", &|path| path.ends_with(".xml"), &LIMITS).unwrap()
    }

    #[test]
    fn wanted_files_are_read_by_name_and_nothing_else() {
        let found = read(&[("b.xml", b"<b/>"), ("a.txt", b"no"), ("dir/a.xml", b"<a/>"), ("../../etc/x.xml", b"<x/>")]);
        let paths: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["../../etc/x.xml", "b.xml", "dir/a.xml"], "a path is a name and leads nowhere");
        assert_eq!(found.files[1].text, "<b/>");
    }

    #[test]
    fn a_bomb_too_many_files_and_damage_are_left_out_and_told() {
        // A mebibyte of text, of which much repeats, is no bomb; 4 MiB of zeros are.
        let log: Vec<u8> = (0..60_000).flat_map(|n: u32| format!("<t n='{n}'/>").into_bytes()).collect();
        let zeros = vec![0_u8; 4 << 20];
        let found = read(&[("big.xml", &log), ("bomb.xml", &zeros)]);
        assert_eq!(found.files.len(), 1);
        assert!(found.left_out[0].starts_with("bomb.xml: it unpacks to"), "{found:?}");
        let many = read(&[("1.xml", b"1"), ("2.xml", b"2"), ("3.xml", b"3"), ("4.xml", b"4")]);
        assert_eq!((many.files.len(), many.left_out.len()), (3, 1));
        let small = ArtifactLimits { file_bytes: 10, ..LIMITS };
        let cut = files(&packed(&[("a.xml", b"01234567890")]), "the artifact", &|_| true, &small).unwrap();
        assert!(cut.files.is_empty() && cut.left_out[0].contains("larger"), "{cut:?}");
        let whole = packed(&[("a.xml", b"<a/>")]);
        for bytes in [&b"no zip"[..], b"", &whole[..whole.len() - 10]] {
            assert!(files(bytes, "the artifact", &|_| true, &LIMITS).is_err());
        }
    }
}
