// The page asks the control once a second and shows what it says. It keeps nothing of its own but the log that is open.
const $ = (id) => document.getElementById(id);
const text = (tag, content, className) => Object.assign(document.createElement(tag), { textContent: content, className: className ?? "" });
const row = (...cells) => { const tr = document.createElement("tr"); for (const cell of cells) { const td = document.createElement("td"); td.append(cell); tr.append(td); } return tr; };
const empty = (columns, words) => { const tr = document.createElement("tr"); const td = text("td", words, "empty"); td.colSpan = columns; tr.append(td); return tr; };

// Shape and word carry the state; the colour only repeats them.
const LOOK = { healthy: ["good", "●"], success: ["good", "●"], bad: ["bad", "⬣"], crashed: ["bad", "⬣"], failure: ["bad", "⬣"], starting: ["warn", "▲"], waiting: ["warn", "▲"],
  cancelled: ["none", "○"], skipped: ["none", "○"], empty: ["none", "○"], queued: ["run", "◌"], pending: ["run", "◌"], in_progress: ["run", "◐"], inprogress: ["run", "◐"], running: ["run", "◐"], building: ["run", "◐"], paused: ["warn", "▲"], manual: ["warn", "▲"], succeeded: ["good", "●"], failed: ["bad", "⬣"], aborted: ["none", "○"], stopped: ["none", "○"] };
const state = (word) => { const [className, shape] = LOOK[word] ?? ["none", "○"]; return text("span", `${shape} ${word.replace("_", " ")}`, className); };

const ENVIRONMENT = ["environment", "staging"], INSTANCE = ["instance", 1], VERSION = ["version", "1.2.0"];
const KINDS = {
  refuse_token: ["Refuse the token (401)"], server_error: ["Server error", ["status", 503], ["accepted", false]], proxy_page: ["A proxy's HTML page (502)"],
  timeout: ["Answer late", ["delay_ms", 60000]], hang: ["Hang for ever"], drop_before_accept: ["Drop the connection before accepting"], drop_after_accept: ["Drop the connection after accepting"],
  primary_rate_limit: ["Primary rate limit", ["reset_after_s", 60]], secondary_rate_limit: ["Secondary rate limit", ["retry_after_s", 60]],
  fail_job: ["Fail a job of the next run", ["job", "deploy"], ["after_instances", 0]], stuck_queued: ["The next run finds no runner"], delayed_listing: ["The next run is listed late", ["delay_ms", 10000]],
  turn_bad: ["A version turns bad", VERSION, ["after_ms", 20000]], slow_instance: ["Slow instance", ENVIRONMENT, INSTANCE, ["delay_ms", 3000]], crash_instance: ["Crash an instance now", ENVIRONMENT, INSTANCE],
};
const OF_REQUESTS = ["refuse_token", "server_error", "proxy_page", "timeout", "hang", "drop_before_accept", "drop_after_accept", "primary_rate_limit", "secondary_rate_limit"];
for (const [kind, [label]] of Object.entries(KINDS)) $("kind").append(Object.assign(text("option", label), { value: kind }));

function showFields() {
  $("fields").replaceChildren(...KINDS[$("kind").value].slice(1).map(([name, value]) => {
    const label = text("label", name.replaceAll("_", " "));
    label.append(Object.assign(document.createElement("input"), typeof value === "boolean" ? { name, type: "checkbox", checked: value } : { name, type: typeof value === "number" ? "number" : "text", value, required: true }));
    return label;
  }));
  $("scope-label").hidden = !OF_REQUESTS.includes($("kind").value);
}
$("kind").addEventListener("change", showFields);
showFields();

async function send(method, path, body) {
  const response = await fetch(path, { method, body: body && JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? response.statusText);
  await refresh();
  return answer;
}
const tell = (id, work, done) => work.then((answer) => { $(id).textContent = done(answer); }, (error) => { $(id).textContent = error.message; });

$("order").addEventListener("submit", (event) => {
  event.preventDefault();
  const fault = { kind: $("kind").value };
  for (const input of $("fields").querySelectorAll("input")) fault[input.name] = input.type === "checkbox" ? input.checked : input.type === "number" ? Number(input.value) : input.value;
  const order = { fault, times: $("times").value === "until_cleared" ? "until_cleared" : Number($("times").value) };
  if (OF_REQUESTS.includes(fault.kind)) order.scope = ["any", "reads", "writes"].includes($("scope").value) ? { kind: $("scope").value } : { kind: "operation", operation: $("scope").value };
  tell("said", send("POST", "/faults", order), (answer) => `Fault ${answer.id} is in force.`);
});
$("clear-all").addEventListener("click", () => tell("said", send("DELETE", "/faults"), () => "No fault is in force."));
$("push").addEventListener("submit", (event) => {
  event.preventDefault();
  const push = { message: $("message").value, branch: $("branch").value, tag: $("tag").value || null };
  tell("pushed", send("POST", "/push", push), (answer) => `Pushed ${answer.sha.slice(0, 7)}.`);
});

let open = null;
let shown = "";
function show(now) {
  const connect = [["GitHub", now.github_url], ["Repository", now.repository], ["Token", now.tokens.full], ["Token, read only", now.tokens.read_only], ["Token without repo", now.tokens.no_repo],
    ["Token, expired", now.tokens.expired], ["GitLab", now.gitlab_url], ["GitLab token", now.gitlab_tokens.full], ["GitLab token, read only", now.gitlab_tokens.read_only],
    ["Jenkins", now.jenkins_url], ["Jenkins user", now.jenkins_accounts.full.user], ["Jenkins API token", now.jenkins_accounts.full.secret],
    ["Jenkins password", now.jenkins_accounts.password.secret], ["CodePipeline", now.codepipeline_url], ["AWS region", now.aws_region], ["AWS access key", now.aws_keys.full.access_key_id], ["AWS secret key", now.aws_keys.full.secret_access_key], ["Git folder", now.repository_path], ["Requests left", `${now.rate_limit.remaining} of ${now.rate_limit.limit}`]];
  $("connect").replaceChildren(...connect.flatMap(([name, value]) => { const dd = document.createElement("dd"); dd.append(text("code", value)); return [text("dt", name), dd]; }));
  $("fleet").replaceChildren(...now.environments.map((environment) => {
    const box = document.createElement("div"), table = document.createElement("table");
    const link = (url, words) => Object.assign(text("a", words), { href: url });
    table.append(...environment.instances.map((one) => row(link(`${one.url}/version`, one.name), state(one.state), text("span", one.version ?? "nothing"), text("span", `${one.requests} requests`))));
    const held = now.protected.includes(environment.name), path = `/protected/${encodeURIComponent(environment.name)}`;
    const protect = Object.assign(text("button", held ? "Let deployments pass" : "Let deployments wait for a person", "quiet"), { type: "button", title: `protect ${environment.name}` });
    protect.addEventListener("click", () => tell("said", send(held ? "DELETE" : "PUT", path), () => `${environment.name}: ${held ? "deployments pass" : "deployments wait for a person"}.`));
    box.append(text("h3", environment.name), link(`${environment.url}/version`, environment.url), table, protect);
    return box;
  }));
  $("elsewhere").replaceChildren(...(now.elsewhere.length ? now.elsewhere.map(({ provider, title, state: word }) => row(provider, title, state(word.toLowerCase()))) : [empty(3, "Nothing ran elsewhere yet.")]));
  $("faults").replaceChildren(...(now.faults.length ? now.faults.map(({ id, order, remaining, hits }) => {
    const { kind, ...details } = order.fault;
    const set = Object.entries(details).filter(([, value]) => value !== null).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");
    const clear = Object.assign(text("button", "Clear", "quiet"), { type: "button" });
    clear.addEventListener("click", () => tell("said", send("DELETE", `/faults/${id}`), () => `Fault ${id} is cleared.`));
    return row(text("span", `${KINDS[kind]?.[0] ?? kind}${set ? `: ${set}` : ""}`), text("span", OF_REQUESTS.includes(kind) ? (order.scope.operation ?? order.scope.path ?? order.scope.kind) : "–"), text("span", remaining ?? "until cleared"), text("span", hits), clear);
  }) : [empty(5, "None: everything works.")]));
  $("runs").replaceChildren(...(now.runs.length ? now.runs.map((run) => {
    const jobs = document.createElement("span");
    for (const job of run.jobs) {
      const button = Object.assign(text("button", "", "job"), { type: "button", title: `Log of ${job.name}` });
      button.append(`${job.name} `, state(job.conclusion ?? job.status));
      button.addEventListener("click", () => { open = { run: run.id, job: job.name }; $("log-panel").hidden = false; $("log-panel").open = true; showLog(now); });
      jobs.append(button);
    }
    return row(text("span", run.title), state(run.conclusion ?? run.status), jobs, text("time", new Date(run.created_at).toLocaleString()));
  }) : [empty(4, "No run yet: dispatch a workflow.")]));
}
function showLog(now) {
  const run = open && now.runs.find((run) => run.id === open.run);
  const job = run?.jobs.find((job) => job.name === open.job);
  if (!job) return;
  $("log-title").textContent = `${run.title}: ${job.name}`;
  if ($("log").textContent !== job.log) $("log").textContent = job.log || "Nothing written yet.";
}
async function refresh() {
  try {
    const answer = await (await fetch("/state")).text();
    $("lost").hidden = true;
    const now = JSON.parse(answer);
    showLog(now);
    // Redrawn only when something changed, so that focus and selection stay.
    if (answer !== shown) { shown = answer; const focused = document.activeElement?.title; show(now); if (focused) document.querySelector(`[title="${CSS.escape(focused)}"]`)?.focus(); }
  } catch { $("lost").hidden = false; }
}
refresh();
setInterval(refresh, 1000);
