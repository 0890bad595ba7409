//! Reads a zip strictly: stored files one after the other, the directory, the end, and nothing else. Every byte is accounted for, so that two
//! programs can't read two different things out of one file. Follows APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use super::{MAX_BYTES, MAX_FILES};
use std::collections::{BTreeMap, BTreeSet};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_BYTES: usize = 22;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// Names are in UTF-8: the only flag that a file may have.
const UTF8: u16 = 1 << 11;

/// What is wrong with the zip itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutFault {
    /// It is larger than any bundle.
    #[error("it is larger than 1 GiB, or holds more than {MAX_FILES} files")]
    TooLarge,
    /// It is no zip, or one that was cut off or added to.
    #[error("it is no zip as bundles are: {0}")]
    NoZip(&'static str),
    /// A file is packed, encrypted or otherwise unlike those of bundles.
    #[error("the file {0} is not stored as it is: bundles are never packed")]
    NotStored(String),
    /// A name leads out of the folder that it is unpacked in, or can't be trusted to be shown.
    #[error("the name {0} leads elsewhere or is unsafe")]
    UnsafeName(String),
    /// Two files have one name.
    #[error("the name {0} is there twice")]
    Duplicate(String),
    /// A file's own header says something else than the directory.
    #[error("the file {0} has two headers that differ")]
    TwoFaced(String),
    /// There are bytes that belong to no file.
    #[error("there are bytes before {0} that belong to no file")]
    Hidden(String),
}

/// The files by their names.
pub(super) fn read(zip: &[u8]) -> Result<BTreeMap<String, &[u8]>, LayoutFault> {
    use LayoutFault as F;
    if zip.len() > MAX_BYTES {
        return Err(F::TooLarge);
    }
    let end = zip.len().checked_sub(END_BYTES).ok_or(F::NoZip("it is too short"))?;
    if long(zip, end) != Some(END) || short(zip, end + 20) != Some(0) {
        return Err(F::NoZip("its end is missing, or something follows it"));
    }
    let count = usize::from(short(zip, end + 10).unwrap_or_default());
    if count > MAX_FILES {
        return Err(F::TooLarge);
    }
    if short(zip, end + 4) != Some(0) || short(zip, end + 6) != Some(0) || short(zip, end + 8) != short(zip, end + 10) {
        return Err(F::NoZip("it is a part of several"));
    }
    let (size, start) = (place(zip, end + 12), place(zip, end + 16));
    let (Some(size), Some(start)) = (size, start) else { return Err(F::NoZip("its directory is missing")) };
    if start.checked_add(size) != Some(end) {
        return Err(F::NoZip("its directory is not where it should be"));
    }
    let mut files = BTreeMap::new();
    let mut folded = BTreeSet::new();
    let (mut at, mut data) = (start, 0);
    for _ in 0..count {
        let entry = Entry::read(zip, at)?;
        if !is_safe(&entry.name) {
            return Err(F::UnsafeName(entry.name.escape_default().to_string()));
        }
        if !folded.insert(entry.name.to_ascii_lowercase()) {
            return Err(F::Duplicate(entry.name));
        }
        if entry.offset != data {
            return Err(F::Hidden(entry.name));
        }
        let content = entry.content(zip, start)?;
        data = entry.offset + LOCAL_BYTES + entry.name.len() + content.len();
        at = entry.next;
        files.insert(entry.name, content);
    }
    if at != end || data != start {
        return Err(F::Hidden("the directory".to_owned()));
    }
    Ok(files)
}

/// A file as the directory tells of it.
struct Entry {
    name: String,
    crc: u32,
    bytes: usize,
    offset: usize,
    next: usize,
    flags: u16,
}

impl Entry {
    fn read(zip: &[u8], at: usize) -> Result<Self, LayoutFault> {
        let cut = || LayoutFault::NoZip("its directory is cut off");
        if long(zip, at) != Some(CENTRAL) {
            return Err(cut());
        }
        let word = |offset: usize| short(zip, at + offset).ok_or_else(cut);
        let length = usize::from(word(28)?);
        let name = zip.get(at + CENTRAL_BYTES..at + CENTRAL_BYTES + length).ok_or_else(cut)?;
        let name = String::from_utf8(name.to_vec())
            .map_err(|error| LayoutFault::UnsafeName(String::from_utf8_lossy(error.as_bytes()).escape_default().to_string()))?;
        let (packed, bytes) = (place(zip, at + 20).ok_or_else(cut)?, place(zip, at + 24).ok_or_else(cut)?);
        let is_plain = word(8)? & !UTF8 == 0 && word(10)? == 0 && packed == bytes && word(30)? == 0 && word(32)? == 0 && word(34)? == 0;
        if !is_plain {
            return Err(LayoutFault::NotStored(name.escape_default().to_string()));
        }
        Ok(Self {
            crc: long(zip, at + 16).ok_or_else(cut)?,
            bytes,
            offset: place(zip, at + 42).ok_or_else(cut)?,
            next: at + CENTRAL_BYTES + length,
            flags: word(8)?,
            name,
        })
    }

    /// The file's content, where its own header says the same as the directory. It ends before the directory begins.
    fn content<'z>(&self, zip: &'z [u8], directory: usize) -> Result<&'z [u8], LayoutFault> {
        let at = self.offset;
        let same = long(zip, at) == Some(LOCAL)
            && short(zip, at + 6) == Some(self.flags)
            && short(zip, at + 8) == Some(0)
            && long(zip, at + 14) == Some(self.crc)
            && place(zip, at + 18) == Some(self.bytes)
            && place(zip, at + 22) == Some(self.bytes)
            && short(zip, at + 26).map(usize::from) == Some(self.name.len())
            && short(zip, at + 28) == Some(0)
            && zip.get(at + LOCAL_BYTES..at + LOCAL_BYTES + self.name.len()) == Some(self.name.as_bytes());
        let from = at + LOCAL_BYTES + self.name.len();
        let content = from.checked_add(self.bytes).filter(|to| *to <= directory).and_then(|to| zip.get(from..to));
        content.filter(|_| same).ok_or_else(|| LayoutFault::TwoFaced(self.name.clone()))
    }
}

/// Letters, digits and a few signs in parts that are no way up: shown and unpacked the same everywhere.
fn is_safe(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/'));
    plain && name.len() <= 200 && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.'))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

fn place(bytes: &[u8], at: usize) -> Option<usize> {
    long(bytes, at).and_then(|number| usize::try_from(number).ok())
}
