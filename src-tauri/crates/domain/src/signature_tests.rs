//! Signatures fit what was signed and nothing else; the book finds what doesn't fit the chain.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::approval::Verdict;
use crate::audit::{AuditEntry, ChainHead};
use crate::{ApprovalId, ReleaseId};
use uuid::Uuid;

const MIRAS: [u8; 32] = [7; 32];
const JONAS_S: [u8; 32] = [8; 32];

fn mira() -> Actor {
    Actor::person("Mira Okafor")
}

fn approval(number: u128, seconds: i64) -> Approval {
    Approval {
        id: ApprovalId::new(Uuid::from_u128(number)),
        release_id: ReleaseId::new(Uuid::from_u128(90)),
        content_hash: "ab".repeat(32),
        verdict: Verdict::Approved,
        comment: "Looks good".into(),
        by: mira(),
        at: Timestamp::from_micros(seconds * 1_000_000).unwrap(),
        signature: None,
    }
}

fn signed(number: u128, seconds: i64, seed: &[u8; 32]) -> Approval {
    let unsigned = approval(number, seconds);
    Approval { signature: Some(sign(&unsigned, seed)), ..unsigned }
}

fn event(actor: Actor, action: &str, subject: &str, seconds: i64, data: serde_json::Value) -> AuditEvent {
    let at = Timestamp::from_micros(seconds * 1_000_000).unwrap();
    let entry = AuditEntry {
        at,
        actor,
        action: action.into(),
        subject_kind: String::new(),
        subject_id: subject.into(),
        product_id: String::new(),
        summary: String::new(),
        data,
    };
    AuditEvent::after(&ChainHead::default(), entry)
}

fn key_added(person: Actor, seed: &[u8; 32]) -> AuditEvent {
    event(person, KEY_ADDED, &public_key(seed), 100, json!({}))
}

fn voted(approval: &Approval) -> AuditEvent {
    event(approval.by.clone(), "release.approved", "90", 100, json!({ "approval": approval }))
}

fn book(events: &[AuditEvent]) -> SignatureBook {
    let mut book = SignatureBook::default();
    events.iter().for_each(|event| book.read(event));
    book.stored_were_read();
    book
}

#[test]
fn the_key_of_a_seed_is_that_of_the_standard() {
    // RFC 8032, 7.1, test 1.
    let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    assert_eq!(public_key(&seed), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

#[test]
fn a_signature_fits_what_was_signed_and_nothing_else() {
    let good = signed(1, 100, &MIRAS);
    let signature = good.signature.clone().unwrap();
    assert!(fits(&good, &signature));
    let altered = [
        Approval { id: ApprovalId::new(Uuid::from_u128(2)), ..good.clone() },
        Approval { release_id: ReleaseId::new(Uuid::from_u128(91)), ..good.clone() },
        Approval { content_hash: "cd".repeat(32), ..good.clone() },
        Approval { verdict: Verdict::Rejected, ..good.clone() },
        Approval { comment: "Looks good!".into(), ..good.clone() },
        Approval { by: Actor::person("Mira"), ..good.clone() },
        Approval { at: Timestamp::from_micros(100_000_001).unwrap(), ..good.clone() },
    ];
    for other in altered {
        assert!(!fits(&other, &signature), "{other:?}");
    }
    let other_key = Signature { public_key: public_key(&JONAS_S), ..signature.clone() };
    assert!(!fits(&good, &other_key));
    for damaged in ["", "zz", &"+f".repeat(64), &signature.signature[2..]] {
        assert!(!fits(&good, &Signature { signature: damaged.into(), ..signature.clone() }), "{damaged}");
    }
}

#[test]
fn an_approval_from_before_signing_reads_and_counts_as_unsigned() {
    let mut stored = serde_json::to_value(approval(1, 50)).unwrap();
    stored.as_object_mut().unwrap().remove("signature");
    let old: Approval = serde_json::from_value(stored).unwrap();
    assert_eq!(book(&[]).judge(&old), Standing::Unsigned);
    assert_eq!(book(&[key_added(mira(), &MIRAS)]).judge(&old), Standing::Unsigned, "signing came later");
    assert_eq!(book(&[]).gone(), []);
}

#[test]
fn the_book_knows_whose_key_it_is() {
    let good = signed(1, 100, &MIRAS);
    let sound = [key_added(mira(), &MIRAS), voted(&good)];
    assert_eq!(book(&sound).judge(&good), Standing::Signed);
    assert_eq!(book(&[]).judge(&good), Standing::Faulty(ApprovalFault::UnknownKey));
    let jonas_s = [key_added(Actor::person("Jonas Weber"), &MIRAS)];
    assert_eq!(book(&jonas_s).judge(&good), Standing::Faulty(ApprovalFault::UnknownKey), "somebody else's");
    let forged = signed(1, 100, &JONAS_S);
    assert_eq!(book(&sound).judge(&forged), Standing::Faulty(ApprovalFault::UnknownKey));
}

#[test]
fn the_book_finds_what_was_altered_stripped_replaced_or_taken_away() {
    let good = signed(1, 100, &MIRAS);
    let chain = [key_added(mira(), &MIRAS), voted(&good)];
    let altered = Approval { verdict: Verdict::Rejected, ..good.clone() };
    assert_eq!(book(&chain).judge(&altered), Standing::Faulty(ApprovalFault::Altered));
    let stripped = Approval { signature: None, at: Timestamp::from_micros(0).unwrap(), ..good.clone() };
    assert_eq!(book(&chain).judge(&stripped), Standing::Faulty(ApprovalFault::SignatureMissing));
    assert_eq!(book(&chain).judge(&approval(2, 101)), Standing::Faulty(ApprovalFault::SignatureMissing), "added by hand");
    let mut replaced = Approval { comment: "Something else".into(), ..good.clone() };
    replaced.signature = Some(sign(&replaced, &MIRAS));
    assert_eq!(book(&chain).judge(&replaced), Standing::Faulty(ApprovalFault::NotAsRecorded));
    assert_eq!(book(&chain).gone(), std::slice::from_ref(&good));
    let mut complete = book(&chain);
    complete.judge(&good);
    assert_eq!(complete.gone(), []);
}

#[test]
fn a_vote_given_while_the_stored_ones_are_read_is_not_missed() {
    let mut book = book(&[key_added(mira(), &MIRAS)]);
    book.read(&voted(&signed(1, 100, &MIRAS)));
    assert_eq!(book.gone(), []);
}
