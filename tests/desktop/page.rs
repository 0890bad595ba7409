//! What a person does in the window: find things by role and name, read, click, type. Things are found as a screen reader finds them,
//! with axe's account of roles and names; test ids are for what has neither.

use super::axe;
use serde_json::{Value, json};
use std::fmt;
use std::time::{Duration, Instant};
use thirtyfour::{Key, WebDriver, WebElement};

/// How long something may take to appear. Generous: the machine may be busy, and nothing waits longer than it must.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Pauses between two looks at the page: its changes tell nobody outside.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The page in the window.
pub(super) struct Page {
    client: WebDriver,
}

/// Something on the page.
#[derive(Clone, Debug)]
pub(super) struct Target {
    what: What,
    /// Which of those that fit, from 0, in the page's order.
    nth: usize,
}

#[derive(Clone, Debug)]
enum What {
    /// By role and accessible name; the name may be a part of it.
    Role(&'static str, String),
    /// Text that is to be seen anywhere.
    Text(String),
}

impl Target {
    fn role(role: &'static str, name: impl Into<String>) -> Self {
        Self { what: What::Role(role, name.into()), nth: 0 }
    }

    /// The one at this place among those that fit, from 0.
    pub(super) fn nth(self, nth: usize) -> Self {
        Self { nth, ..self }
    }
}

/// A button.
pub(super) fn button(name: impl Into<String>) -> Target {
    Target::role("button", name)
}

/// A link.
pub(super) fn link(name: impl Into<String>) -> Target {
    Target::role("link", name)
}

/// A field for text.
pub(super) fn field(name: impl Into<String>) -> Target {
    Target::role("textbox", name)
}

/// A switch, on or off.
pub(super) fn switch(name: impl Into<String>) -> Target {
    Target::role("switch", name)
}

/// A field for text to search for.
pub(super) fn search(name: impl Into<String>) -> Target {
    Target::role("searchbox", name)
}

/// One choice of several.
pub(super) fn radio(name: impl Into<String>) -> Target {
    Target::role("radio", name)
}

/// A list of choices, closed.
pub(super) fn list(name: impl Into<String>) -> Target {
    Target::role("combobox", name)
}

/// A box to tick.
pub(super) fn checkbox(name: impl Into<String>) -> Target {
    Target::role("checkbox", name)
}

/// A heading.
pub(super) fn heading(name: impl Into<String>) -> Target {
    Target::role("heading", name)
}

/// A cell of a table.
pub(super) fn cell(words: impl Into<String>) -> Target {
    Target::role("cell", words)
}

/// Text.
pub(super) fn text(words: impl Into<String>) -> Target {
    Target { what: What::Text(words.into()), nth: 0 }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Role(role, name) => write!(f, "the {role} “{name}”")?,
            What::Text(words) => write!(f, "the words “{words}”")?,
        }
        if self.nth > 0 { write!(f, " ({} before it)", self.nth) } else { Ok(()) }
    }
}

/// Finds all visible elements for a target, or says that axe is wanted in the page. Runs in the page, often: what can't be it is left
/// out by what costs little before axe, which knows roles and names but looks at the whole page first, is asked.
const FIND: &str = r#"
const [kind, wanted, role] = arguments;
const seen = (element) => element.checkVisibility({ visibilityProperty: true });
const plain = (words) => (words ?? '').replace(/\s+/g, ' ').trim();
if (kind === 'text') {
  const innermost = (element) => {
    if (!plain(element.textContent).includes(wanted)) return [];
    const within = [...element.children].flatMap(innermost);
    return within.length ? within : seen(element) ? [element] : [];
  };
  return [...document.body.children].flatMap(innermost);
}
const native = {
  button: 'button, summary, input', link: '[href]', textbox: 'input, textarea', searchbox: 'input', switch: 'input, button', radio: 'input',
  checkbox: 'input', combobox: 'select, input', heading: 'h1, h2, h3, h4, h5, h6', cell: 'td, th',
}[role];
const candidates = [...document.body.querySelectorAll(native ? `${native}, [role="${role}"]` : '*')];
const attributes = (element) => ['aria-label', 'title', 'alt', 'placeholder', 'value'].map((name) => element.getAttribute(name) ?? '');
const elsewhere = (element) => [...(element.labels ?? []), ...(element.getAttribute('aria-labelledby') ?? '').split(/\s+/).map((id) => id && document.getElementById(id))];
const words = (element) => {
  const around = [element, ...elsewhere(element)].filter(Boolean);
  return around.flatMap((each) => [each, ...each.querySelectorAll('*')]).flatMap(attributes).concat(around.map((each) => each.textContent), element.value ?? '').join(' ');
};
const parts = wanted.split(/\s+/);
const likely = candidates.filter((element) => {
  const all = words(element);
  return parts.every((part) => all.includes(part)) && seen(element) && !element.closest('[inert]');
});
if (likely.length === 0) return [];
if (typeof axe !== 'object') return 'axe';
axe.setup(document);
try {
  const all = likely.filter((element) => axe.commons.aria.getRole(element) === role);
  const named = all.map((element) => [element, plain(axe.commons.text.accessibleText(element))]);
  const exact = named.filter(([, name]) => name === wanted);
  return (exact.length ? exact : named.filter(([, name]) => name.includes(wanted))).map(([element]) => element);
} finally {
  axe.teardown();
}
"#;

/// Chooses the option whose name begins with the words; whether there is one. Runs in the page.
const CHOOSE: &str = r"
const [select, wanted] = arguments;
const option = [...select.options].find((o) => !o.disabled && o.textContent.trim().startsWith(wanted));
if (!option) return [...select.options].map((o) => o.textContent.trim());
select.value = option.value;
select.dispatchEvent(new Event('change', { bubbles: true }));
return true;
";

/// Whether an element is in the same place a moment later. Runs in the page.
const RESTS: &str = r"
const [element, done] = arguments;
const place = () => JSON.stringify(element.getBoundingClientRect());
const before = place();
setTimeout(() => done(element.isConnected && place() === before), 30);
";

/// Takes note of what the next click comes to. Runs in the page.
const AWAIT_CLICK: &str = r"
const [wanted] = arguments;
const awaited = { wanted, hits: new Set(), elsewhere: undefined, ended: undefined };
window.awaitedClick = awaited;
const note = ({ type, target }) => {
  if (wanted.contains(target)) awaited.hits.add(type);
  else awaited.elsewhere = `${target.localName}.${target.className}`;
  if (type !== 'pointerdown') awaited.ended ??= performance.now();
};
for (const type of ['pointerdown', 'pointerup', 'click']) document.addEventListener(type, note, { capture: true, once: true });
";

/// Where the click went if not to what was wanted; a click that comes late is waited for. What opens on the press may be covered
/// before the release, and what is done on the release may be gone before the click. Runs in the page.
const CLICKED: &str = r"
const [done] = arguments;
const awaited = window.awaitedClick;
const until = performance.now() + 1000;
const look = () => {
  if (!awaited) return done(null);
  const { wanted, hits, elsewhere, ended } = awaited;
  if (hits.has('click')) return done(null);
  const now = performance.now();
  if (ended === undefined ? now < until : now < ended + 100) return setTimeout(look, 10);
  const isOpen = wanted.isConnected && (wanted.dataset.state === 'open' || wanted.getAttribute('aria-expanded') === 'true');
  const isTaken = hits.has('pointerdown') && (isOpen || hits.has('pointerup') && !wanted.isConnected);
  done(isTaken ? null : elsewhere ?? 'nothing');
};
look();
";

/// Whether what was pointed at is chosen, if it can be. Runs in the page.
const CHOSEN: &str = r"
const [element] = arguments;
return !element.matches('input[type=radio], [role=radio]') || (element.checked ?? element.getAttribute('aria-checked') === 'true');
";

/// WebKit takes a picture at the next paint, which on a page at rest may be a minute away: a second of paints that nobody sees.
const REPAINT: &str = r"
const { style } = document.documentElement;
let frames = 60;
const paint = () => {
  style.opacity = frames % 2 ? '1' : '0.9999';
  if (frames-- > 0) requestAnimationFrame(paint);
  else style.removeProperty('opacity');
};
requestAnimationFrame(paint);
";

impl Page {
    pub(super) fn new(client: WebDriver) -> Self {
        Self { client }
    }

    /// Runs a script in the page.
    pub(super) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.client.execute(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("a script failed in the page: {error}\n{script}")).json().clone()
    }

    /// The same for a script that calls back (its last argument).
    pub(super) async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.client.execute_async(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("a script failed in the page: {error}\n{script}")).json().clone()
    }

    /// Everything that fits, now.
    async fn all(&self, target: &Target) -> Vec<WebElement> {
        let arguments = match &target.what {
            What::Role(role, name) => vec![json!("role"), json!(name), json!(role)],
            What::Text(words) => vec![json!("text"), json!(words), Value::Null],
        };
        // The page may be changing under the search: then the next look counts.
        match self.client.execute(FIND, arguments).await {
            Ok(found) if found.json() == "axe" => {
                axe::inject(self).await;
                Vec::new()
            }
            Ok(found) => found.elements().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// Waits until it is there.
    pub(super) async fn find(&self, target: &Target) -> WebElement {
        self.find_within(target, PATIENCE).await
    }

    /// Waits this long until it is there.
    pub(super) async fn find_within(&self, target: &Target, limit: Duration) -> WebElement {
        let until = Instant::now() + limit;
        loop {
            if let Some(found) = self.all(target).await.into_iter().nth(target.nth) {
                return found;
            }
            if Instant::now() >= until {
                self.complain(&format!("{target} did not appear")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Clicks on it, once it can be clicked, and sees that the click has reached it.
    pub(super) async fn click(&self, target: &Target) {
        let until = Instant::now() + PATIENCE;
        loop {
            let element = self.find(target).await;
            // The page scrolls inside itself, where WebDriver doesn't look.
            element.scroll_into_view().await.ok();
            let refused = element.attr("aria-disabled").await.ok().flatten().is_some_and(|value| value == "true");
            let clicked = if refused {
                Err("it is disabled".to_owned())
            } else if !self.rests(&element).await {
                Err("it moves".to_owned())
            } else {
                self.click_at(&element).await
            };
            let Err(why) = clicked else { return };
            if Instant::now() >= until {
                self.complain(&format!("{target} can't be clicked: {why}")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Clicks where it is. An error says why the click has not reached it: what is drawn again between the press and the release of the
    /// button, or is moved away from under the pointer, has had no click, and can be clicked again.
    async fn click_at(&self, element: &WebElement) -> Result<(), String> {
        let named = element.to_json().map_err(|error| error.to_string())?;
        self.client.execute(AWAIT_CLICK, vec![named]).await.map_err(|error| error.to_string())?;
        element.click().await.map_err(|error| error.to_string())?;
        // What has led to another document can't be asked any more.
        match self.client.execute_async(CLICKED, Vec::new()).await.map(|answer| answer.json().clone()) {
            Ok(Value::String(elsewhere)) => Err(format!("the click went to {elsewhere}")),
            _ => Ok(()),
        }
    }

    /// Whether it stays where it is: what is still loading above it would move it away from under the pointer.
    async fn rests(&self, element: &WebElement) -> bool {
        let Ok(element) = element.to_json() else { return false };
        self.client.execute_async(RESTS, vec![element]).await.is_ok_and(|rests| *rests.json() == true)
    }

    /// Clicks where it is, whatever lies over it: a card whose label covers its own radio button, which is chosen then.
    pub(super) async fn point_at(&self, target: &Target) {
        let until = Instant::now() + PATIENCE;
        loop {
            let element = self.find(target).await;
            element.scroll_into_view().await.ok();
            if self.rests(&element).await {
                self.client.action_chain().move_to_element_center(&element).click().perform().await.unwrap();
                let chosen = self.client.execute(CHOSEN, vec![element.to_json().unwrap()]).await;
                // What is gone led to another page.
                let missed = chosen.is_ok_and(|chosen| *chosen.json() == false);
                if !missed {
                    return;
                }
            }
            if Instant::now() >= until {
                self.complain(&format!("{target} can't be pointed at")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Types into a field, in place of what is there.
    pub(super) async fn fill(&self, target: &Target, words: &str) {
        self.click(target).await;
        let element = self.find(target).await;
        element.send_keys(Key::Control + "a").await.unwrap();
        element.send_keys(Key::Delete + "").await.unwrap();
        // A line feed is no key.
        element.send_keys(words.replace('\n', &char::from(Key::Enter).to_string())).await.unwrap();
        let value = element.prop("value").await.unwrap().unwrap_or_default();
        assert_eq!(value, words, "{target} holds what was typed");
    }

    /// Chooses in a list of choices, by what the choice is called, once it is offered.
    pub(super) async fn choose(&self, list: &Target, choice: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let element = self.find(list).await;
            let chosen = self.client.execute(CHOOSE, vec![element.to_json().unwrap(), json!(choice)]).await;
            let chosen = chosen.map(|answer| answer.json().clone());
            if chosen.as_ref().is_ok_and(|chosen| *chosen == json!(true)) {
                return;
            }
            if Instant::now() >= until {
                self.complain(&format!("{list} does not take “{choice}”: {chosen:?}")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Types several lines into an empty field. A line's end is a key of its own.
    pub(super) async fn fill_lines(&self, target: &Target, words: &str) {
        self.click(target).await;
        let element = self.find(target).await;
        let enter = char::from(Key::Enter).to_string();
        element.send_keys(words.replace('\n', &enter)).await.unwrap();
        let value = element.prop("value").await.unwrap().unwrap_or_default();
        assert_eq!(value, words, "{target} holds what was typed");
    }

    /// Presses keys, wherever the focus is.
    pub(super) async fn press(&self, keys: &str) {
        self.client.action_chain().send_keys(keys).perform().await.unwrap_or_else(|error| panic!("keys can't be pressed: {error}"));
    }

    /// Waits until the focus is on what has this label.
    pub(super) async fn wait_for_focus(&self, label: &str) {
        const FOCUSED: &str = "const at = document.activeElement; const by = at?.getAttribute('aria-labelledby'); \
            return ((by ? document.getElementById(by) : at)?.textContent ?? '').trim();";
        let until = Instant::now() + PATIENCE;
        while self.run(FOCUSED, Vec::new()).await.as_str() != Some(label) {
            if Instant::now() >= until {
                self.complain(&format!("the focus did not come to “{label}”")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Goes to an address.
    pub(super) async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address} can't be opened: {error}"));
    }

    /// Chooses a file in the only field for files.
    pub(super) async fn choose_file(&self, file: &std::path::Path) {
        let field = self.client.find(thirtyfour::By::Css("input[type=file]")).await.unwrap();
        field.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// What a field holds.
    pub(super) async fn value(&self, target: &Target) -> String {
        self.find(target).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// All text of the page as it is shown.
    pub(super) async fn text(&self) -> String {
        self.run("return document.body.innerText", Vec::new()).await.as_str().unwrap_or_default().to_owned()
    }

    /// What the window shows, PNG.
    pub(super) async fn picture(&self) -> Vec<u8> {
        self.run(REPAINT, Vec::new()).await;
        self.client.screenshot_as_png().await.unwrap_or_else(|error| panic!("no picture can be taken: {error}"))
    }

    /// Ends the app.
    pub(super) async fn quit(self) {
        self.client.quit().await.unwrap_or_else(|error| panic!("the window can't be closed: {error}"));
    }

    /// Lets go of an app that has ended by itself.
    pub(super) fn let_go(self) {
        self.client.leak().expect("the session was not ended yet");
    }

    /// Fails the test, with what the page shows.
    async fn complain(&self, what: &str) -> ! {
        let path = super::picture::keep(self, "failed").await;
        panic!("{what}. A picture: {}. The page says:\n{}", path.display(), self.text().await);
    }
}
