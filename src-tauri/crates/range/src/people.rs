//! The one account that every token of the range belongs to, and where things are.

/// Login of the release manager.
pub(crate) const LOGIN: &str = "noor-haddad";
/// Numeric id of the account.
pub(crate) const USER_ID: u64 = 4_210_017;
/// Full name.
pub(crate) const NAME: &str = "Noor Haddad";
/// Mail address; the domain is reserved by RFC 2606.
pub(crate) const MAIL: &str = "noor.haddad@nordwind.example";
/// Owner of the repository: an organisation.
pub(crate) const OWNER: &str = "nordwind";
/// Numeric id of the organisation.
pub(crate) const OWNER_ID: u64 = 7_730_002;
/// Name of the repository.
pub(crate) const REPOSITORY: &str = "checkout";
/// Numeric id of the repository; beyond 32 bits.
pub(crate) const REPOSITORY_ID: u64 = 5_120_440_031;

/// `owner/name`.
pub(crate) fn full_name() -> String {
    format!("{OWNER}/{REPOSITORY}")
}
