//! The tests of a pipeline as GitLab has read them (`GET /projects/:id/pipelines/:pipeline_id/test_report`,
//! <https://docs.gitlab.com/api/pipelines/#retrieve-a-test-report-for-a-pipeline>), written as JUnit XML again, so that they are read in one way.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct Report {
    #[serde(default)]
    test_suites: Vec<Suite>,
}

#[derive(Debug, Deserialize)]
struct Suite {
    #[serde(default)]
    name: Option<String>,
    /// Why the file of a job could not be read.
    #[serde(default)]
    suite_error: Option<String>,
    #[serde(default)]
    test_cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    status: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    classname: Option<String>,
    #[serde(default)]
    execution_time: Option<f64>,
    /// A text, or what JUnit had there as an object.
    #[serde(default)]
    system_output: Value,
}

impl Report {
    pub(super) fn into_junit(self) -> String {
        let mut xml = String::from("<testsuites>");
        for suite in self.test_suites {
            let name = suite.name.unwrap_or_default();
            xml.push_str(&format!("<testsuite name=\"{}\">", escaped(&name)));
            if let Some(error) = suite.suite_error {
                xml.push_str(&format!("<testcase name=\"{}\"><error message=\"{}\"/></testcase>", escaped(&name), escaped(&error)));
            }
            for case in suite.test_cases {
                xml.push_str(&case.into_junit());
            }
            xml.push_str("</testsuite>");
        }
        xml.push_str("</testsuites>");
        xml
    }
}

impl Case {
    fn into_junit(self) -> String {
        let (class, name) = (self.classname.unwrap_or_default(), self.name.unwrap_or_default());
        let said = match self.system_output {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.get("message").and_then(Value::as_str).map_or_else(|| other.to_string(), str::to_owned),
        };
        let inside = match self.status.as_deref() {
            Some("success") => String::new(),
            Some("skipped") => "<skipped/>".to_owned(),
            Some("failed") => format!("<failure>{}</failure>", escaped(&said)),
            // `error`, and words that a later GitLab may have: nothing is known about such a test.
            _ => format!("<error>{}</error>", escaped(&said)),
        };
        let time = self.execution_time.unwrap_or_default().max(0.0);
        format!("<testcase classname=\"{}\" name=\"{}\" time=\"{time:.3}\">{inside}</testcase>", escaped(&class), escaped(&name))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Characters that XML 1.0 has no way to write.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use pilothouse_domain::smoke::report;

    /// As in GitLab's documentation, with a failed and an errored test more.
    const ANSWER: &str = r#"{"total_time":5,"total_count":1,"success_count":1,"failed_count":0,"skipped_count":0,"error_count":0,
      "test_suites":[{"name":"Secure","total_time":5,"test_cases":[
        {"status":"success","name":"Security Reports can create an auto-remediation MR","classname":"vulnerability_management_spec","execution_time":5,"system_output":null,"stack_trace":null},
        {"status":"failed","name":"a <b> & c","classname":"x","execution_time":0.5,"system_output":"got <1>\u0007","stack_trace":null},
        {"status":"error","name":"broke","classname":"x","execution_time":0,"system_output":{"message":"no database","type":"E"}},
        {"status":"skipped","name":"later","classname":"x","execution_time":0,"system_output":null}]},
        {"name":"broken","suite_error":"JUnit XML parsing failed: 1:1","test_cases":[]}]}"#;

    #[test]
    fn each_test_is_told_as_gitlab_has_read_it() {
        let xml = serde_json::from_str::<Report>(ANSWER).unwrap().into_junit();
        let (_, report) = report::read(&xml).unwrap();
        assert_eq!((report.passed, report.failed, report.errored, report.skipped), (1, 1, 2, 1));
        assert_eq!((report.cases[0].name.as_str(), report.cases[0].message.as_str()), ("a <b> & c", "got <1>\u{fffd}"));
        assert!(report.cases.iter().any(|case| case.message.contains("no database")), "{report:?}");
    }
}
