//! A bundle says when it was tampered with, in each way.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::build::zipped;
use super::*;
use crate::release::tests::{record, whole_chain};
use crate::{html, pdf, release_report};
use ed25519_dalek::Signer as _;
use pilothouse_domain::signature::KEY_ADDED;
use std::io::Read as _;

const SEED: [u8; 32] = [3; 32];
const OTHER: [u8; 32] = [4; 32];

fn excerpt() -> ChainExcerpt {
    let whole = whole_chain();
    let events = record().events;
    let (first, last) = (events[0].seq, events[events.len() - 1].seq);
    let link = |event: &AuditEvent| ChainLink { seq: event.seq, previous_hash: event.previous_hash.clone(), hash: event.hash.clone() };
    ChainExcerpt {
        links: whole.iter().filter(|event| (first..=last).contains(&event.seq)).map(link).collect(),
        keys: whole.into_iter().filter(|event| event.entry.action == KEY_ADDED).collect(),
        events,
    }
}

fn made(seed: &[u8; 32]) -> Vec<u8> {
    let record = record();
    let report = release_report(&record);
    let evidence = BTreeMap::from([(ContentDigest::of(b"a screenshot"), b"a screenshot".to_vec())]);
    let (page, paper) = (html(&report), pdf(&report).unwrap());
    let parts = BundleParts { record: &record, chain: &excerpt(), logs: &[], evidence: &evidence, html: &page, pdf: &paper };
    bundle(&parts, seed).unwrap()
}

fn files(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    layout::read(zip).unwrap().into_iter().map(|(name, content)| (name, content.to_vec())).collect()
}

/// The bundle after somebody has unpacked it, changed something, and packed it again.
fn repacked(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Vec<u8> {
    let mut files = files(&made(&SEED));
    change(&mut files);
    zipped(files.into_iter()).unwrap()
}

/// The same, where manifest and signature were made anew with another key: all that is left to see is what the content says.
fn resigned(change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Vec<u8> {
    let mut files = files(&made(&SEED));
    change(&mut files);
    let mut manifest: Manifest = serde_json::from_slice(&files[MANIFEST]).unwrap();
    for file in &mut manifest.files {
        file.sha256 = sha256(&files[&file.path]);
    }
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let key = SigningKey::from_bytes(&OTHER);
    let signature = Signature {
        algorithm: "Ed25519".into(),
        public_key: public_key(&OTHER),
        fingerprint: fingerprint(&OTHER),
        signature: hex(&key.sign(&signed_bytes(&manifest)).to_bytes()),
    };
    files.insert(MANIFEST.into(), manifest);
    files.insert(SIGNATURE.into(), serde_json::to_vec(&signature).unwrap());
    zipped(files.into_iter()).unwrap()
}

fn faults(zip: &[u8]) -> Vec<String> {
    verify(zip, Some(&fingerprint(&SEED))).faults.iter().map(ToString::to_string).collect()
}

fn edit(files: &mut BTreeMap<String, Vec<u8>>, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{name} holds {from}");
    files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
}

#[test]
fn what_was_made_is_sound_and_the_same_each_time() {
    let zip = made(&SEED);
    assert_eq!(zip, made(&SEED));
    let spaced: String =
        fingerprint(&SEED).as_bytes().chunks(4).map(|four| format!("{} ", String::from_utf8_lossy(four).to_uppercase())).collect();
    let found = verify(&zip, Some(&spaced));
    assert_eq!(found.faults, []);
    assert_eq!((found.release.as_str(), found.is_expected, found.events, found.signed_votes), ("Checkout 1.4.0", Some(true), 4, 1));
    assert_eq!(found.files, 24);
    assert_eq!(verify(&zip, None).is_expected, None);
    let told = String::from_utf8(files(&zip)[AUDIT].clone()).unwrap();
    assert!(!told.contains("another release"), "what others did stays theirs");
}

#[test]
fn other_programs_read_it_too() {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(made(&SEED))).unwrap();
    let mut text = String::new();
    archive.by_name("README.txt").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("pilothouse bundle verify"));
}

#[test]
fn files_that_were_changed_added_removed_or_renamed_are_named() {
    let changed = repacked(|files| edit(files, "deployments.json", "succeeded", "failed..."));
    assert_eq!(faults(&changed), ["the file deployments.json was changed"]);
    let added = repacked(|files| drop(files.insert("evidence/forged".into(), b"x".to_vec())));
    assert_eq!(faults(&added), ["the file evidence/forged was added"]);
    let removed = repacked(|files| drop(files.remove("incidents.json")));
    assert_eq!(faults(&removed), ["the file incidents.json was removed"]);
    let renamed = repacked(|files| {
        let content = files.remove("report.pdf").unwrap();
        files.insert("better.pdf".into(), content);
    });
    assert_eq!(faults(&renamed), ["the file report.pdf was renamed to better.pdf"]);
}

#[test]
fn a_changed_manifest_and_a_swapped_signature_or_key_are_found() {
    const SWAPPED: &str = "the manifest was changed after it was signed, or its signature or key was swapped";
    assert_eq!(faults(&repacked(|files| edit(files, MANIFEST, "1.4.0", "1.4.1"))), [SWAPPED]);
    assert_eq!(faults(&repacked(|files| drop(files.remove(SIGNATURE)))), ["signature.json is missing or can't be read"]);
    assert_eq!(faults(&repacked(|files| drop(files.remove(MANIFEST)))), ["manifest.json is missing or can't be read"]);
    let elsewhere = files(&resigned(|_| {}))[SIGNATURE].clone();
    let swapped = faults(&repacked(|files| drop(files.insert(SIGNATURE.into(), elsewhere))));
    assert_eq!(swapped[0], SWAPPED);
    let key = faults(&repacked(|files| edit(files, SIGNATURE, &public_key(&SEED), &public_key(&OTHER))));
    assert_eq!(key[0], SWAPPED);
    // All of it made anew with another key: only the fingerprint that was told beforehand shows it.
    let forged = resigned(|files| edit(files, "release.json", "fix: the sum", "fix: nothing"));
    assert_eq!(verify(&forged, None).faults, []);
    let expected = format!("it was signed with another key: its fingerprint is {}, not {}", fingerprint(&OTHER), fingerprint(&SEED));
    assert_eq!(faults(&forged), [expected]);
    let form = verify(&resigned(|files| edit(files, MANIFEST, "\"format_version\": 1", "\"format_version\": 2")), None);
    assert_eq!(form.faults, [BundleFault::UnknownForm(2)]);
}

#[test]
fn a_broken_chain_and_forged_votes_are_found_even_where_all_was_signed_anew() {
    let of = |change: fn(&mut ChainExcerpt)| {
        let zip = resigned(|files| {
            let mut chain: ChainExcerpt = serde_json::from_slice(&files[AUDIT]).unwrap();
            change(&mut chain);
            files.insert(AUDIT.into(), serde_json::to_vec(&chain).unwrap());
        });
        verify(&zip, None).faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let edited = of(|chain| chain.events[1].entry.summary.push('!'));
    assert_eq!(edited, ["the audit chain is broken at event 3: event 3 was changed after it was written"]);
    assert_eq!(of(|chain| drop(chain.links.remove(2))), ["the audit chain is broken at event 5: it doesn't continue the one before it"]);
    assert_eq!(
        of(|chain| drop(chain.links.pop()))[0],
        "the audit chain is broken at event 6: the chain doesn't end where the manifest says"
    );
    assert!(!of(|chain| chain.links.swap(1, 2)).is_empty());
    assert_eq!(of(|chain| chain.keys.clear()), ["the vote of Mira Okafor: the audit chain records no such key for this person"]);
    let votes = verify(&resigned(|files| edit(files, APPROVALS, "Looks good", "Looks fine")), None);
    assert_eq!(votes.faults[0].to_string(), "the vote of Mira Okafor: it was changed after it was signed, or signed with another key");
    let gone = verify(&resigned(|files| drop(files.insert(APPROVALS.into(), b"[]".to_vec()))), None);
    assert_eq!(gone.faults[0].to_string(), "the vote of Mira Okafor: the audit chain records it, but it is gone");
}

#[test]
fn tricks_with_the_zip_are_refused() {
    let layout = |zip: &[u8]| match &verify(zip, None).faults[..] {
        [BundleFault::Layout(fault)] => fault.clone(),
        other => panic!("{other:?}"),
    };
    let named = |name: &str| zipped([(name.to_owned(), b"x".to_vec())].into_iter()).unwrap();
    for name in ["../evil", "/etc/passwd", "a/../../b", "a\\b", "a//b", ".hidden", "C:evil", "a\u{202e}b"] {
        assert!(matches!(layout(&named(name)), LayoutFault::UnsafeName(_) | LayoutFault::NoZip(_)), "{name}");
    }
    let twice = zipped([("a.json".to_owned(), Vec::new()), ("A.json".to_owned(), Vec::new())].into_iter()).unwrap();
    assert_eq!(layout(&twice), LayoutFault::Duplicate("A.json".into()));
    // The same name twice: the writer refuses it, so the second is named so afterwards.
    let mut same = zipped([("a.json".to_owned(), Vec::new()), ("b.json".to_owned(), Vec::new())].into_iter()).unwrap();
    let places: Vec<usize> = (0..same.len() - 6).filter(|at| &same[*at..at + 6] == b"b.json").collect();
    places.into_iter().for_each(|at| same[at] = b'a');
    assert_eq!(layout(&same), LayoutFault::Duplicate("a.json".into()));
    let zip = made(&SEED);
    assert!(matches!(layout(&[&b"MZ"[..], &zip].concat()), LayoutFault::NoZip(_)), "something before it");
    assert!(matches!(layout(&[&zip[..], b"!"].concat()), LayoutFault::NoZip(_)), "something after it");
    assert!(matches!(layout(&zip[..zip.len() / 2]), LayoutFault::NoZip(_)), "cut off");
    assert!(matches!(layout(b""), LayoutFault::NoZip(_)));
    // A file that says it is packed: a bomb, or a way to show two contents.
    let mut packed = zipped([("a.json".to_owned(), vec![0; 64])].into_iter()).unwrap();
    let directory = packed.windows(4).position(|four| four == [0x50, 0x4b, 1, 2]).unwrap();
    packed[directory + 10] = 8;
    assert_eq!(layout(&packed), LayoutFault::NotStored("a.json".into()));
    packed[directory + 10] = 0;
    packed[directory + 24] = 0xff;
    assert_eq!(layout(&packed), LayoutFault::NotStored("a.json".into()));
    packed[directory + 20] = 0xff;
    assert_eq!(layout(&packed), LayoutFault::TwoFaced("a.json".into()));
}

#[test]
fn no_byte_of_a_bundle_can_be_turned_unseen() {
    let zip = made(&SEED);
    let whole = files(&zip);
    // Every 1,499th byte, and each of the structure around the files.
    for at in (0..zip.len()).step_by(1_499).chain(0..40).chain(zip.len() - 22..zip.len()) {
        let mut turned = zip.clone();
        turned[at] ^= 0x20;
        let found = verify(&turned, Some(&fingerprint(&SEED)));
        if found.faults.is_empty() {
            assert_eq!(files(&turned), whole, "byte {at}: at most a date or a mode in a header, which nobody reads");
        }
    }
}
