//! `pilothouse metrics`.

use crate::commands::Ran;
use crate::exit::Exit;
use crate::names;
use crate::session::Session;
use crate::text::{moment, table_or};
use clap::Args;
use pilothouse_api::{DeliveryMetricsRequest, DeliveryMetricsView};

#[derive(Debug, Args)]
pub(crate) struct MetricsCommand {
    /// The product: name or id
    product: String,
    /// The environment, instead of the last of the promotion path
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Over so many weeks
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=104))]
    weeks: u32,
    /// Say what each metric counts, too
    #[arg(long)]
    definitions: bool,
}

pub(crate) async fn run(command: MetricsCommand, session: &Session<'_>) -> Ran {
    let api = session.api();
    let product = names::product(api, &command.product).await?;
    let environment_id = match &command.environment {
        Some(name) => Some(names::environment(&product, name)?.id),
        None => None,
    };
    let view = api.delivery_metrics(DeliveryMetricsRequest { product_id: product.id, environment_id, weeks: command.weeks }).await?;
    session.screen.show(&view, |view| text(view, command.definitions));
    Ok(Exit::Done)
}

fn text(view: &DeliveryMetricsView, definitions: bool) -> String {
    let rows = view.metrics.iter().map(|metric| {
        let value = metric.words.clone().unwrap_or_else(|| "not enough data".to_owned());
        let open = if metric.still_open > 0 { format!(", {} still open", metric.still_open) } else { String::new() };
        let note = if metric.missing.is_empty() { format!("of {}{open}", metric.counted) } else { format!("{}{open}", metric.missing) };
        vec![metric.title.clone(), value, note]
    });
    let mut text = format!("{} in {}, {} to {}\n", view.product, view.environment, moment(&view.from), moment(&view.to));
    text.push_str(&table_or(&["METRIC", "VALUE", ""], rows.collect(), ""));
    let hotfixes = if view.hotfixes == 1 { "1 hotfix".to_owned() } else { format!("{} hotfixes", view.hotfixes) };
    text.push_str(&format!("{hotfixes} came there in this time.\n"));
    if definitions {
        for metric in &view.metrics {
            text.push_str(&format!("\n{}: {}\n", metric.title, metric.definition));
        }
    }
    text
}
