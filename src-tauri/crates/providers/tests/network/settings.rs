//! What network settings may be: said before anything is called.

use super::terminator::{Authority, GOOD, pem, self_signed};
use pilothouse_domain::network::NetworkSettings;
use pilothouse_engine::ports::provider::{NetworkFault, NetworkSecrets, ProviderRegistry};
use pilothouse_providers::Registry;
use secrecy::SecretString;

fn check(network: &NetworkSettings, key: Option<&str>) -> Result<(), NetworkFault> {
    let secrets = NetworkSecrets { client_key: key.map(SecretString::from), ..NetworkSecrets::default() };
    let checked = Registry::default().check_network(network, &secrets);
    if let (Err(fault), Some(key)) = (&checked, key) {
        let inside = key.lines().nth(1).unwrap_or(key);
        assert!(!format!("{fault:?}").contains(inside), "no word of the key: {fault:?}");
    }
    checked
}

fn authorities(pem: impl Into<String>) -> NetworkSettings {
    NetworkSettings { ca_certificates: Some(pem.into()), ..NetworkSettings::default() }
}

#[test]
fn several_authorities_are_taken_and_described() {
    let (root, other) = (Authority::new("Corp Root", GOOD), Authority::new("Other Root", GOOD));
    let network = authorities(format!("# bundle\n{}\n{}", root.identity.pem(), other.identity.pem()));
    check(&network, None).unwrap();
    let described = Registry::default().certificates(&network);
    let names: Vec<_> = described.authorities.iter().map(|c| c.subject.as_str()).collect();
    assert_eq!(names, ["CN=Corp Root", "CN=Other Root"]);
    assert_eq!(described.authorities[0].fingerprint.to_string(), root.identity.fingerprint());
    assert!(described.authorities[0].is_self_signed() && described.client.is_none());
}

#[test]
fn what_is_no_authority_or_not_good_now_is_refused() {
    let root = Authority::new("Corp Root", GOOD);
    let cases = [
        ("hello".to_owned(), "no certificate"),
        (root.identity.pem().replace("MII", "!!!"), "no PEM"),
        (pem("CERTIFICATE", b"no certificate at all"), "can't be read"),
        (root.server(&["ci.corp.example"], GOOD).pem(), "no authority"),
        (self_signed("ci", &["ci.corp.example"], GOOD).pem(), "no authority"),
        (Authority::new("Old Root", (2020, 2021)).identity.pem(), "expired on 2021-01-01"),
        (Authority::new("New Root", (2080, 2090)).identity.pem(), "not good before 2080-01-01"),
        (format!("{}{}", root.identity.pem(), root.identity.key_pem()), "holds a private key"),
        ("x".repeat(300 * 1024), "longer than"),
    ];
    for (text, words) in cases {
        let fault = check(&authorities(text), None).unwrap_err();
        assert!(fault.field == "ca_certificates" && fault.message.contains(words) && !fault.next_step.is_empty(), "{words}: {fault:?}");
    }
}

/// A key for RSA, which takes long to make: as PKCS#1, and wrapped as PKCS#8 (RFC 5208).
fn rsa() -> (Vec<u8>, Vec<u8>) {
    use base64::Engine as _;
    const VERSION: [u8; 3] = [0x02, 0x01, 0x00];
    const RSA_ENCRYPTION: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let lines = include_str!("rsa_pkcs1.b64").split_whitespace();
    let pkcs1 = base64::engine::general_purpose::STANDARD.decode(lines.collect::<String>()).unwrap();
    let of = |tag: u8, parts: &[&[u8]]| {
        let inner = parts.concat();
        let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, &inner].concat()
    };
    let pkcs8 = of(0x30, &[&VERSION, &RSA_ENCRYPTION, &of(0x04, &[&pkcs1])]);
    (pkcs1, pkcs8)
}

#[test]
fn a_client_certificate_wants_its_own_key_in_the_clear() {
    let root = Authority::new("Corp Root", GOOD);
    let (noor, mira) = (root.client("noor", GOOD), root.client("mira", GOOD));
    let network = NetworkSettings { client_certificate: Some(noor.pem() + &root.identity.pem()), ..NetworkSettings::default() };
    check(&network, Some(&noor.key_pem())).unwrap();
    assert_eq!(Registry::default().certificates(&network).client.unwrap().subject, "CN=noor");

    // The same key as SEC1 (RFC 5915), which PKCS#8 wraps.
    let pkcs8 = noor.key_der();
    let inner = pkcs8.windows(2).position(|pair| pair == [0x30, 0x6b]).unwrap();
    check(&network, Some(&pem("EC PRIVATE KEY", &pkcs8[inner..inner + 0x6d]))).unwrap();

    // An RSA key as PKCS#1 (RFC 8017), as `openssl genrsa -traditional` writes it.
    let (pkcs1, pkcs8) = rsa();
    let lea = root.client_with("lea", pkcs8);
    let with_rsa = NetworkSettings { client_certificate: Some(lea.pem()), ..NetworkSettings::default() };
    check(&with_rsa, Some(&pem("RSA PRIVATE KEY", &pkcs1))).unwrap();
    assert!(check(&network, Some(&pem("RSA PRIVATE KEY", &pkcs1))).unwrap_err().message.contains("doesn't belong"));

    let encrypted = pem("ENCRYPTED PRIVATE KEY", b"whatever it is");
    let old = format!("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{}", noor.key_pem());
    for (key, words) in [
        (None, "missing"),
        (Some(mira.key_pem()), "doesn't belong"),
        (Some(encrypted), "passphrase"),
        (Some(old), "passphrase"),
        (Some(pem("PRIVATE KEY", b"not a key, nor anything")), "can't be used"),
        (Some("opensesame".to_owned()), "no private key"),
    ] {
        let fault = check(&network, key.as_deref()).unwrap_err();
        assert!(fault.field == "client_key" && fault.message.contains(words) && !fault.next_step.is_empty(), "{words}: {fault:?}");
    }
    let old = root.client("noor", (2020, 2021));
    let network = NetworkSettings { client_certificate: Some(old.pem()), ..NetworkSettings::default() };
    let fault = check(&network, Some(&old.key_pem())).unwrap_err();
    assert!(fault.field == "client_certificate" && fault.message.contains("expired"), "{fault:?}");
}

#[test]
fn a_proxy_is_a_host_without_a_password() {
    let check = |address: &str| {
        let network = NetworkSettings { proxy: Some(address.to_owned()), ..NetworkSettings::default() };
        Registry::default().check_network(&network, &NetworkSecrets::default())
    };
    for good in ["http://proxy.corp:3128", "https://proxy.corp", "socks5://10.0.0.1:1080", "socks5h://proxy.corp:1080/"] {
        check(good).unwrap();
    }
    for (bad, words) in [
        ("proxy.corp:3128", "of no kind"),
        ("ftp://proxy.corp", "of no kind"),
        ("http://noor:opensesame@proxy.corp", "user name or password"),
        ("http://proxy.corp/path", "host alone"),
        ("http://", "can't be read"),
    ] {
        let fault = check(bad).unwrap_err();
        assert!(fault.message.contains(words) && !format!("{fault:?}").contains("opensesame"), "{bad}: {fault:?}");
    }
}
