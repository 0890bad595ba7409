//! Reports as the tools write them, and reports as somebody writes them who means no good.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use proptest::prelude::*;

/// pytest 8 with `--junitxml`.
const PYTEST: &str = r#"<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.112" timestamp="2026-11-23T09:12:01.114" hostname="ci"><testcase classname="tests.test_cart" name="test_total" time="0.001" /><testcase classname="tests.test_cart" name="test_voucher[&lt;b&gt;]" time="0.003"><failure message="assert 90 == 100&#10; +  where 90 = total()">def test_voucher():
&gt;       assert total() == 100
E       assert 90 == 100</failure></testcase><testcase classname="tests.test_pay" name="test_card" time="0.000"><error message="failed on setup with &quot;ConnectionError&quot;">no database</error></testcase><testcase classname="tests.test_pay" name="test_later" time="0.000"><skipped type="pytest.skip" message="later">tests/test_pay.py:9: later</skipped></testcase></testsuite></testsuites>"#;

/// Maven Surefire 3.
const SUREFIRE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd" version="3.0" name="shop.CartTest" time="0.052" tests="2" errors="0" skipped="0" failures="1">
  <properties><property name="java.version" value="21"/></properties>
  <testcase name="total" classname="shop.CartTest" time="0.01"/>
  <testcase name="voucher" classname="shop.CartTest" time="0.02">
    <failure message="expected: &lt;100&gt; but was: &lt;90&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: expected: <100> but was: <90>
	at shop.CartTest.voucher(CartTest.java:12)
]]></failure>
    <system-out><![CDATA[<testcase name="printed"/>]]></system-out>
  </testcase>
</testsuite>"#;

/// jest-junit 16.
const JEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="2" failures="0" errors="0" time="1.204">
  <testsuite name="cart" errors="0" failures="0" skipped="1" timestamp="2026-11-23T09:12:01" time="0.9" tests="2">
    <testcase classname="cart adds up" name="cart adds up" time="0.002">
    </testcase>
    <testcase classname="cart later" name="cart later" time="0">
      <skipped/>
    </testcase>
  </testsuite>
</testsuites>"#;

/// gotestsum 1.12 with `--junitfile`.
const GO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0" time="0.310000">
	<testsuite tests="2" failures="1" time="0.300000" name="example.com/shop/cart" timestamp="2026-11-23T09:12:01Z">
		<properties><property name="go.version" value="go1.23 linux/amd64"></property></properties>
		<testcase classname="example.com/shop/cart" name="TestTotal" time="0.000000"></testcase>
		<testcase classname="example.com/shop/cart" name="TestVoucher/ten_percent" time="0.100000">
			<failure message="Failed" type="">=== RUN   TestVoucher/ten_percent&#xA;    cart_test.go:12: got 90, want 100&#xA;</failure>
		</testcase>
	</testsuite>
</testsuites>"#;

fn counts(text: &str) -> (u32, u32, u32, u32) {
    let (_, report) = read(text).unwrap();
    (report.passed, report.failed, report.errored, report.skipped)
}

fn word(report: &TestReport) -> &'static str {
    report.state(Timestamp::from_micros(0).unwrap()).word()
}

#[test]
fn reports_of_four_tools_are_read() {
    assert_eq!(counts(PYTEST), (1, 1, 1, 1));
    assert_eq!(counts(SUREFIRE), (1, 1, 0, 0));
    assert_eq!(counts(JEST), (1, 0, 0, 1));
    assert_eq!(counts(GO), (1, 1, 0, 0));
    let (format, pytest) = read(PYTEST).unwrap();
    assert_eq!(format, ReportFormat::Junit);
    let failed = &pytest.cases[0];
    assert_eq!((failed.group.as_str(), failed.name.as_str()), ("tests.test_cart", "test_voucher[<b>]"));
    assert!(
        failed.message.starts_with("assert 90 == 100") && failed.message.contains(">       assert total() == 100"),
        "{}",
        failed.message
    );
    assert_eq!(pytest.cases[1].verdict, SmokeVerdict::Errored);
    let go = read(GO).unwrap().1;
    assert!(go.cases[0].message.contains("got 90, want 100") && go.took_ms == 100, "{go:?}");
    assert!(read(SUREFIRE).unwrap().1.cases[0].message.contains("CartTest.java:12"));
}

#[test]
fn what_a_report_says() {
    assert_eq!(word(&read(PYTEST).unwrap().1), "failed");
    assert_eq!(word(&read(JEST).unwrap().1), "passed");
    let none = read("<testsuites/>").unwrap().1;
    assert_eq!(none.state(Timestamp::from_micros(0).unwrap()).reason(), "there is no test in it");
    let skipped = read(r#"<testsuite><testcase name="a"><skipped/></testcase></testsuite>"#).unwrap().1;
    assert_eq!(word(&skipped), "errored");
    let broke = read(r#"<testsuite><testcase name="a"><error/></testcase><testcase name="b"/></testsuite>"#).unwrap().1;
    assert_eq!(broke.state(Timestamp::from_micros(0).unwrap()).reason(), "1 of 2 tests broke off with an error, first a");
}

#[test]
fn hostile_xml_is_refused() {
    let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><testsuite><testcase name="&c;"><failure>&c;</failure></testcase></testsuite>"#;
    assert!(read(bomb).unwrap_err().message.contains("document type"));
    let foreign = r#"<testsuite><testcase name="a"><failure>&secret;</failure></testcase></testsuite>"#;
    assert!(read(foreign).unwrap_err().message.contains("entity"));
    let deep = format!("<testsuite>{}", "<a>".repeat(100_000));
    assert!(read(&deep).unwrap_err().message.contains("nested"));
    let cut = &GO[..GO.len() - 30];
    assert!(read(cut).is_err());
    assert!(read("<html><body>Not found</body></html>").unwrap_err().message.contains("html"));
    let fault = read("<testsuite>\n<testcase>\n</wrong></testsuite>").unwrap_err();
    assert_eq!(fault.line, Some(3), "{fault}");
    assert!(read("hello").unwrap_err().message.contains("neither"));
}

#[test]
fn long_messages_and_many_cases_are_bounded() {
    let case = format!(r#"<testcase name="a"><failure>{}</failure></testcase>"#, "x".repeat(10_000));
    let report = read(&format!("<testsuite>{}</testsuite>", case.repeat(300))).unwrap().1;
    assert_eq!((report.failed, report.cases.len()), (300, KEPT_CASES));
    assert!(report.cases.iter().all(|case| case.message.len() <= KEPT_MESSAGE));
    let many = format!("<testsuite>{}</testsuite>", r#"<testcase name="a"/>"#.repeat(usize::try_from(MAX_CASES).unwrap() + 1));
    assert!(read(&many).unwrap_err().message.contains("more than"));
}

#[test]
fn tap_is_read() {
    let tap = "TAP version 14\n1..5\nok 1 - boots\nnot ok 2 - pays\n  ---\n  message: 'got 500'\n  ...\nok 3 - later # SKIP no card\nnot ok 4 # todo refunds\n    ok 1 - a subtest\nok 5 - whole # not a directive\n# done\n";
    assert_eq!(ReportFormat::of(tap), Some(ReportFormat::Tap));
    assert_eq!(counts(tap), (2, 1, 0, 2));
    let report = read(tap).unwrap().1;
    assert_eq!((report.cases[0].name.as_str(), report.cases[0].message.as_str()), ("pays", "message: 'got 500'"));
}

#[test]
fn tap_that_breaks_off_tells_nothing() {
    for (tap, says) in
        [("1..3\nok 1\nok 2\n", "3 tests were planned, 2 ran"), ("ok 1\n", "no plan"), ("1..2\nok 1\nBail out! no disk\n", "no disk")]
    {
        let report = read(tap).unwrap().1;
        assert_eq!(word(&report), "errored", "{tap}");
        assert!(report.cases[0].message.contains(says), "{report:?}");
    }
    assert!(read("1..1\n1..1\nok 1\n").is_err());
}

proptest! {
    #[test]
    fn whatever_comes_in_is_read_or_refused(text in "(<|>|/|testsuite|testcase|failure|&|;|!DOCTYPE|\"|=|name|ok|not |1\\.\\.2|\n| |x|é){0,60}") {
        if let Ok((_, report)) = read(&text) {
            prop_assert!(report.cases.len() <= KEPT_CASES);
        }
    }

    #[test]
    fn a_report_with_a_failure_never_passes(passed in 0u32..5, skipped in 0u32..5, failed in 1u32..5) {
        let cases = [(passed, ""), (skipped, "<skipped/>"), (failed, "<failure/>")];
        let inner: String = cases.iter().map(|(n, inside)| format!("<testcase name='t'>{inside}</testcase>").repeat(usize::try_from(*n).unwrap())).collect();
        let report = read(&format!("<testsuite>{inner}</testsuite>")).unwrap().1;
        prop_assert_eq!(word(&report), "failed");
        prop_assert_eq!(report.tests(), passed + skipped + failed);
    }
}
