//! Settings files: what a product is set to as a text, what a text would change, and applying it, from a file or from the product's
//! repository. Applying is one change: all of it or nothing. What a file in the repository sets is set nowhere else.

use super::checklist_templates::trimmed;
use super::documents::valid_text;
use super::products::{NewEnvironment, NewProduct};
use super::windows::{TimesEdit, checked};
use super::{valid_name, valid_reason};
use crate::change::Change;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::ports::StoreError;
use crate::ports::store::Write;
use pilothouse_domain::calendar::{CalendarWindow, MAX_WINDOWS, WindowEffect, WindowScope, Withdrawn};
use pilothouse_domain::check::HealthCheck;
use pilothouse_domain::checklist::{ChecklistTemplate, PublishedItems, valid_items};
use pilothouse_domain::product::{Environment, Product};
use pilothouse_domain::release::SourceKind;
use pilothouse_domain::settings::{
    ChecklistSettings, EnvironmentSettings, SettingsChange, SettingsFile, SettingsSource, StoredSettings, WindowSettings, differences,
    found,
};
use pilothouse_domain::smoke::{digest, repository_path};
use pilothouse_domain::strict_yaml::YamlFault;
use pilothouse_domain::{Actor, CalendarWindowId, CheckId, ChecklistTemplateId, ConnectionId, ProductId};

/// What applying a file would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsLook {
    /// The product; `None`: it would be added.
    pub product: Option<ProductId>,
    /// Its name, as the file says it.
    pub name: String,
    /// What would change; none: everything is as the file says.
    pub changes: Vec<SettingsChange>,
    /// Stands for the file and what it was compared with: applying it with this refuses what has changed since.
    pub seen: String,
}

/// A file in a product's repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFile {
    /// Its path from the root of the repository.
    pub path: String,
    /// The branch.
    pub branch: String,
}

/// What is known of a product before a file is applied to it.
struct Known {
    product: Option<Product>,
    environments: Vec<Environment>,
    checks: Vec<HealthCheck>,
    checklists: Vec<ChecklistTemplate>,
    windows: Vec<CalendarWindow>,
    connections: Vec<(String, ConnectionId)>,
}

impl Engine {
    /// What a product is set to, as the text of a settings file.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn settings_file(&self, product: ProductId) -> Result<String, EngineError> {
        let known = self.known_settings(Some(self.store().product(product).await?)).await?;
        let file = known.file().ok_or_else(|| StoreError::NotFound { kind: "product", id: product.to_string() })?;
        file.write().map_err(|error| EngineError::invalid("file", error.to_string(), "Change the value that can't be written."))
    }

    /// What applying a text would change: onto a product, or where none is given onto the one of the name that the file says.
    ///
    /// # Errors
    /// [`EngineError::Invalid`]: what is wrong with the text, with its line.
    pub async fn look_at_settings(&self, text: &str, onto: Option<ProductId>) -> Result<SettingsLook, EngineError> {
        let file = read(text)?;
        let known = self.known_for(&file, onto).await?;
        self.checked_settings(&file, &known)?;
        Ok(look(&file, &known, text))
    }

    /// Applies a text. `seen` is what [`Engine::look_at_settings`] told, where somebody has looked.
    ///
    /// # Errors
    /// As [`Engine::look_at_settings`]; a conflict where the product was changed since it was looked at;
    /// [`EngineError::KeptInFile`] where its settings come from its repository.
    pub async fn apply_settings(
        &self,
        actor: &Actor,
        text: &str,
        onto: Option<ProductId>,
        seen: Option<&str>,
    ) -> Result<SettingsLook, EngineError> {
        let file = read(text)?;
        let known = self.known_for(&file, onto).await?;
        if let Some(source) = known.product.as_ref().and_then(|product| product.settings_source.as_ref()) {
            let part = pilothouse_domain::settings::SettingsPart::Product;
            return Err(EngineError::KeptInFile { path: source.path.clone(), part });
        }
        self.put_settings(actor, (&file, text), known, None, seen).await
    }

    /// What applying a file of a product's repository would change, and the commit that it is at.
    ///
    /// # Errors
    /// As [`Engine::look_at_settings`]; those of the provider, where the file can't be read.
    pub async fn look_at_settings_in_repository(
        &self,
        product: ProductId,
        at: &RepositoryFile,
    ) -> Result<(SettingsLook, String), EngineError> {
        let product = self.store().product(product).await?;
        let (text, commit) = self.repository_settings(&product, at, None).await?;
        Ok((self.look_at_settings(&text, Some(product.id)).await?, commit))
    }

    /// Applies a file of a product's repository at a commit, and keeps it as where the settings come from.
    ///
    /// # Errors
    /// As [`Engine::look_at_settings_in_repository`], and a conflict where the product was changed since it was looked at.
    pub async fn keep_settings_in_repository(
        &self,
        actor: &Actor,
        product: ProductId,
        at: &RepositoryFile,
        commit: &str,
        seen: Option<&str>,
    ) -> Result<SettingsLook, EngineError> {
        let product = self.store().product(product).await?;
        let (text, commit) = self.repository_settings(&product, at, Some(commit)).await?;
        let file = read(&text)?;
        let (path, branch) = (valid_path(&at.path)?, at.branch.trim().to_owned());
        let source = SettingsSource { path, branch, commit, parts: file.parts(), by: actor.clone(), at: self.now() };
        let known = self.known_settings(Some(product)).await?;
        self.put_settings(actor, (&file, &text), known, Some(source), seen).await
    }

    /// Lets go of the file that a product's settings come from: from now on they are set in the window. Doing it twice is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set_settings_here(&self, actor: &Actor, product: ProductId) -> Result<Product, EngineError> {
        let mut product = self.store().product(product).await?;
        let Some(source) = product.settings_source.take() else { return Ok(product) };
        let mut change = self.change(actor);
        change.audit_product(
            "product.settings_let_go",
            &product,
            format!("Lets go of {} as the source of {}'s settings", source.path, product.name),
        );
        change.write(Write::Product(product.clone()));
        self.ports.store.commit(change.into_set()).await?;
        Ok(self.store().product(product.id).await?)
    }

    async fn repository_settings(
        &self,
        product: &Product,
        at: &RepositoryFile,
        commit: Option<&str>,
    ) -> Result<(String, String), EngineError> {
        let path = valid_path(&at.path)?;
        let branch = valid_name("branch", &at.branch, 200)?;
        let source = self.source(product).await?;
        let commit = match commit {
            Some(commit) => commit.to_owned(),
            None => source.resolve(SourceKind::Branch, &branch).await?.commit,
        };
        Ok((source.file(&commit, &path).await?, commit))
    }

    async fn known_for(&self, file: &SettingsFile, onto: Option<ProductId>) -> Result<Known, EngineError> {
        let product = match onto {
            Some(id) => Some(self.store().product(id).await?),
            None => self.store().products().await?.into_iter().find(|product| product.name == file.product.name.trim()),
        };
        self.known_settings(product).await
    }

    async fn known_settings(&self, product: Option<Product>) -> Result<Known, EngineError> {
        let connections = self.store().connections().await?.into_iter().map(|known| (known.name, known.id)).collect();
        let Some(product) = product else {
            let (environments, checks, checklists, windows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            return Ok(Known { product: None, environments, checks, checklists, windows, connections });
        };
        let mut checks = self.store().checks(None).await?;
        checks.retain(|check| check.product_id == product.id);
        Ok(Known {
            environments: self.store().environments(Some(product.id)).await?,
            checklists: self.store().checklist_templates(Some(product.id)).await?,
            windows: self.store().calendar_windows().await?,
            product: Some(product),
            checks,
            connections,
        })
    }

    /// The product as the file wants it.
    fn checked_settings(&self, file: &SettingsFile, known: &Known) -> Result<NewProduct, EngineError> {
        let connection = |name: &str| known.connections.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
        let source = found("product.connection", &file.product.connection, &connection).map_err(wrong)?;
        let mut environments = Vec::new();
        for (place, settings) in file.environments.iter().enumerate() {
            let field = format!("environments[{place}]");
            let before = known.environment(settings);
            let rollback = settings.rollback(&format!("{field}.rollback"), source, &connection).map_err(wrong)?;
            environments.push(NewEnvironment {
                id: before.map(|before| before.id),
                name: settings.name.clone(),
                deploy: settings.deploy.binding(&format!("{field}.deploy"), source, &connection).map_err(wrong)?,
                rollback,
                rules: settings.rules.rules(),
                rollout: settings.rollout.rollout(&format!("{field}.rollout")).map_err(wrong)?,
                checks: self.wanted_checks(&field, settings, before, known)?,
            });
        }
        if let Some(windows) = &file.windows {
            let is_twice = |place: usize, window: &WindowSettings| windows[..place].iter().any(|other| other.name == window.name);
            if let Some((place, window)) = windows.iter().enumerate().find(|(place, window)| is_twice(*place, window)) {
                return Err(wrong(YamlFault::at(format!("windows[{place}].name"), format!("two windows are called {}", window.name))));
            }
        }
        Ok(NewProduct {
            name: file.product.name.clone(),
            connection_id: source,
            repository: file.product.repository.clone(),
            tag_prefix: file.product.tag_prefix.clone(),
            team: file.product.team.rules(),
            environments,
            settings_source: known.product.as_ref().and_then(|product| product.settings_source.clone()),
        })
    }

    /// The checks that the file names, or where it says nothing those that are there.
    fn wanted_checks(
        &self,
        field: &str,
        settings: &EnvironmentSettings,
        before: Option<&Environment>,
        known: &Known,
    ) -> Result<Vec<HealthCheck>, EngineError> {
        let here = || known.checks.iter().filter(|check| before.is_some_and(|before| before.id == check.environment_id));
        let Some(wanted) = &settings.checks else { return Ok(here().cloned().collect()) };
        let mut checks: Vec<HealthCheck> = Vec::new();
        for (place, check) in wanted.iter().enumerate() {
            let field = format!("{field}.checks[{place}]");
            if wanted[..place].iter().any(|other| other.name == check.name) {
                return Err(wrong(YamlFault::at(format!("{field}.name"), format!("two checks are called {}", check.name))));
            }
            let id = here().find(|known| known.name == check.name).map_or_else(|| self.new_id(CheckId::new), |known| known.id);
            // Product and environment are filled in once they are known.
            let (product, environment) = (ProductId::new(uuid::Uuid::nil()), before.map(|before| before.id));
            let environment = environment.unwrap_or_else(|| pilothouse_domain::EnvironmentId::new(uuid::Uuid::nil()));
            checks.push(check.check(&field, id, product, environment).map_err(wrong)?);
        }
        Ok(checks)
    }

    async fn put_settings(
        &self,
        actor: &Actor,
        (file, text): (&SettingsFile, &str),
        known: Known,
        source: Option<SettingsSource>,
        seen: Option<&str>,
    ) -> Result<SettingsLook, EngineError> {
        let told = look(file, &known, text);
        if seen.is_some_and(|seen| seen != told.seen) {
            let id = told.product.map(|id| id.to_string()).unwrap_or_default();
            return Err(StoreError::Conflict { kind: "product", id }.into());
        }
        let is_kept = source.as_ref().is_none_or(|source| {
            let before = known.product.as_ref().and_then(|product| product.settings_source.as_ref());
            before.is_some_and(|before| (&before.path, &before.branch, &before.commit) == (&source.path, &source.branch, &source.commit))
        });
        if told.changes.is_empty() && is_kept && known.product.is_some() {
            return Ok(told);
        }
        let mut new = self.checked_settings(file, &known)?;
        let from = source.as_ref().map(|source| format!(" from {} at {}", source.path, source.commit.get(..8).unwrap_or(&source.commit)));
        new.settings_source = source;
        let mut change = self.change(actor);
        let (product, environments) = self.put_product(&mut change, known.product.clone(), new).await?;
        let what = match (&known.product, told.changes.len()) {
            (None, _) => "a new product".to_owned(),
            (Some(_), 1) => "1 difference".to_owned(),
            (Some(_), count) => format!("{count} differences"),
        };
        let summary = format!("Applied the settings file of {}{}: {what}", product.name, from.unwrap_or_default());
        change.audit_product("product.settings_applied", &product, summary);
        for (settings, environment) in file.environments.iter().zip(&environments) {
            self.put_checklists(&mut change, actor, settings, environment, &known)?;
        }
        if let Some(windows) = &file.windows {
            self.put_windows(&mut change, actor, windows, (&product, &environments), &known)?;
        }
        self.ports.store.commit(change.into_set()).await?;
        Ok(SettingsLook { product: Some(product.id), ..told })
    }

    fn put_checklists(
        &self,
        change: &mut Change,
        actor: &Actor,
        settings: &EnvironmentSettings,
        environment: &Environment,
        known: &Known,
    ) -> Result<(), EngineError> {
        let Some(wanted) = &settings.checklists else { return Ok(()) };
        let here = || known.checklists.iter().filter(|template| template.environment_id == environment.id);
        // What was never published is a draft of the window, of which a file knows nothing.
        for gone in here().filter(|template| template.published.is_some() && !wanted.iter().any(|one| one.name == template.name)) {
            change.audit_checklist_template("checklist_template.removed", gone, format!("Removed the checklist “{}”", gone.name));
            change.write(Write::RemoveChecklistTemplate(gone.clone()));
        }
        for (place, one) in wanted.iter().enumerate() {
            let field = format!("{}.checklists[{place}]", environment.name);
            if wanted[..place].iter().any(|other| other.name == one.name) {
                return Err(wrong(YamlFault::at(field, format!("two checklists are called {}", one.name))));
            }
            self.put_checklist(change, actor, (&field, one), environment, here().find(|template| template.name == one.name))?;
        }
        Ok(())
    }

    fn put_checklist(
        &self,
        change: &mut Change,
        actor: &Actor,
        (field, settings): (&str, &ChecklistSettings),
        environment: &Environment,
        before: Option<&ChecklistTemplate>,
    ) -> Result<(), EngineError> {
        let published = before.and_then(|template| template.published.as_ref());
        let items = settings.items(field, before.map_or(&[], ChecklistTemplate::items), || self.new_checklist_item_id()).map_err(wrong)?;
        let items = trimmed(items);
        valid_items(&items)?;
        if items.is_empty() {
            return Err(pilothouse_domain::checklist::TemplateFault::Empty.into());
        }
        if published.is_some_and(|published| published.items == items) && before.is_some_and(|before| before.moment == settings.moment()) {
            return Ok(());
        }
        let now = self.now();
        let number = published.map_or(0, |published| published.number) + 1;
        let template = ChecklistTemplate {
            id: before.map_or_else(|| self.new_id(ChecklistTemplateId::new), |before| before.id),
            revision: before.map_or(0, |before| before.revision),
            product_id: environment.product_id,
            environment_id: environment.id,
            name: valid_name("name", &settings.name, 80)?,
            moment: settings.moment(),
            // A draft that somebody works on is not lost: it can be taken up where the window sets checklists again.
            draft: before.and_then(|before| before.draft.clone()).filter(|draft| draft.items != items),
            published: Some(PublishedItems { number, items, by: actor.clone(), at: now }),
            created_by: before.map_or_else(|| actor.clone(), |before| before.created_by.clone()),
            created_at: before.map_or(now, |before| before.created_at),
        };
        let summary = format!("Published number {number} of the checklist “{}”", template.name);
        change.audit_checklist_template("checklist_template.published", &template, summary);
        change.write(Write::ChecklistTemplate(template));
        Ok(())
    }

    fn put_windows(
        &self,
        change: &mut Change,
        actor: &Actor,
        wanted: &[WindowSettings],
        (product, environments): (&Product, &[Environment]),
        known: &Known,
    ) -> Result<(), EngineError> {
        let own = || known.windows.iter().filter(|window| window.withdrawn.is_none() && window.scope.product() == Some(product.id));
        for gone in own().filter(|window| !wanted.iter().any(|one| one.name == window.name)) {
            let reason = "The settings file doesn't name it any more".to_owned();
            let summary = format!("Withdrew the {} “{}”: {reason}", gone.effect.words(), gone.name);
            let withdrawn = Some(Withdrawn { by: actor.clone(), at: self.now(), reason });
            let window = CalendarWindow { withdrawn, ..gone.clone() };
            change.audit_calendar_window("calendar.withdrawn", &window, summary);
            change.write(Write::CalendarWindow(window));
        }
        let mut count = known.windows.len();
        for (place, one) in wanted.iter().enumerate() {
            let before = own().find(|window| window.name == one.name);
            count += usize::from(before.is_none());
            if count > MAX_WINDOWS {
                let message = format!("there would be more than {MAX_WINDOWS} freezes and change windows");
                return Err(EngineError::invalid("windows", message, "Withdraw those that are over."));
            }
            let window = self.window_from(actor, (&format!("windows[{place}]"), one), before, (product, environments))?;
            if before != Some(&window) {
                let (action, verb) = if before.is_some() { ("calendar.changed", "Changed") } else { ("calendar.added", "Added") };
                change.audit_calendar_window(action, &window, format!("{verb} the {} “{}”", window.effect.words(), window.name));
                change.write(Write::CalendarWindow(window));
            }
        }
        Ok(())
    }

    fn window_from(
        &self,
        actor: &Actor,
        (field, settings): (&str, &WindowSettings),
        before: Option<&CalendarWindow>,
        (product, environments): (&Product, &[Environment]),
    ) -> Result<CalendarWindow, EngineError> {
        let times = TimesEdit {
            begins: settings.begins.clone(),
            ends: settings.ends.clone(),
            time_zone: settings.time_zone.clone(),
            rule: settings.rule.clone(),
            except: settings.except.clone(),
        };
        let mut environment_ids = Vec::new();
        for name in &settings.environments {
            let Some(environment) = environments.iter().find(|environment| environment.name == *name) else {
                return Err(wrong(YamlFault::at(format!("{field}.environments"), format!("there is no environment called {name}"))));
            };
            environment_ids.push(environment.id);
        }
        environment_ids.sort_unstable();
        environment_ids.dedup();
        let scope = match environment_ids.is_empty() {
            true => WindowScope::Product { product_id: product.id },
            false => WindowScope::Environments { product_id: product.id, environment_ids },
        };
        let effect = settings.effect();
        Ok(CalendarWindow {
            id: before.map_or_else(|| self.new_id(CalendarWindowId::new), |before| before.id),
            revision: before.map_or(0, |before| before.revision),
            effect,
            name: valid_name("name", &settings.name, 120)?,
            reason: match effect {
                WindowEffect::Deny => valid_reason(&settings.reason)?,
                WindowEffect::Allow => valid_text("reason", &settings.reason, 2_000)?,
            },
            scope,
            times: checked(&times)?,
            owner: valid_text("owner", &settings.owner, 120)?,
            is_enabled: settings.is_enabled,
            hotfixes_pass: settings.hotfixes_pass,
            uid: before.and_then(|before| before.uid.clone()),
            added_by: before.map_or_else(|| actor.clone(), |before| before.added_by.clone()),
            added_at: before.map_or_else(|| self.now(), |before| before.added_at),
            withdrawn: None,
        })
    }
}

impl Known {
    /// The environment that settings are about, where it is there.
    fn environment(&self, settings: &EnvironmentSettings) -> Option<&Environment> {
        let place = settings.known_among(self.environments.iter().map(|environment| environment.name.as_str()))?;
        self.environments.get(place)
    }

    /// What is set now, as a file; `None` where there is no product yet.
    fn file(&self) -> Option<SettingsFile> {
        let name = |wanted: ConnectionId| self.connections.iter().find(|(_, id)| *id == wanted).map(|(name, _)| name.clone());
        let stored = StoredSettings {
            product: self.product.as_ref()?,
            environments: &self.environments,
            checks: &self.checks,
            checklists: &self.checklists,
            windows: &self.windows,
        };
        Some(SettingsFile::of(&stored, &|id| name(id).unwrap_or_default()))
    }
}

fn look(file: &SettingsFile, known: &Known, text: &str) -> SettingsLook {
    let now = known.file();
    let changes = match &now {
        Some(now) => differences(now, &file.clone().completed_by(now)),
        None => Vec::new(),
    };
    let seen = digest(&format!("{text}\n{}", now.as_ref().and_then(|now| now.write().ok()).unwrap_or_default()));
    SettingsLook { product: known.product.as_ref().map(|product| product.id), name: file.product.name.clone(), changes, seen }
}

fn read(text: &str) -> Result<SettingsFile, EngineError> {
    SettingsFile::read(text).map_err(wrong)
}

fn wrong(fault: YamlFault) -> EngineError {
    EngineError::invalid("file", fault.to_string(), "Correct it in the file.")
}

fn valid_path(path: &str) -> Result<String, EngineError> {
    repository_path(path).map_err(|reason| EngineError::invalid("path", reason, "Write it as Git shows it: pilothouse.yaml, for example."))
}
