//! How delivery went around the release: the metrics of each environment, with what they count and their plots.

use super::figure;
use crate::document::{Bar, Block, Plot, Section, Tone};
use pilothouse_domain::metrics::{Measure, Metric};
use pilothouse_domain::record::ReleaseRecord;

pub(super) fn metrics(record: &ReleaseRecord) -> Section {
    let mut blocks =
        vec![Block::Text("Over the twelve weeks before the moment of this report, in each environment of the product.".into())];
    for (environment, measures) in &record.metrics {
        let name = record.environment_name(*environment);
        blocks.push(Block::Text(format!("{name}:")));
        blocks.push(Block::Figures(measures.iter().map(tile).collect()));
        blocks.extend(measures.iter().filter(|measure| measure.sample > 0).map(|measure| Block::Plot(plot(measure, &name))));
    }
    blocks.push(Block::Text("What the metrics count:".into()));
    blocks.push(Block::List(Metric::ALL.iter().map(|metric| format!("{}: {}", metric.title(), metric.definition())).collect()));
    Section { title: "Delivery".into(), blocks }
}

fn tile(measure: &Measure) -> crate::document::Figure {
    let (single, many) = measure.metric.counted();
    let counted = format!("of {} {}", measure.sample, if measure.sample == 1 { single } else { many });
    let open = if measure.still_open > 0 { format!(", {} still open", measure.still_open) } else { String::new() };
    match measure.value {
        Some(value) => figure(measure.metric.title(), measure.metric.words(value), format!("{counted}{open}"), Tone::Plain),
        None => figure(measure.metric.title(), "Not enough data".into(), format!("{}{open}", measure.missing), Tone::NoData),
    }
}

fn plot(measure: &Measure, environment: &str) -> Plot {
    let bars: Vec<Bar> = measure
        .points
        .iter()
        .map(|point| {
            let words = point.value.map_or_else(|| "nothing counted".to_owned(), |value| measure.metric.words(value));
            Bar { label: point.from.as_datetime().format("%m-%d").to_string(), value: point.value, words }
        })
        .collect();
    let whole = measure
        .value
        .map_or_else(|| "not enough data for the whole".to_owned(), |value| format!("{} over the whole", measure.metric.words(value)));
    Plot {
        title: format!("{} in {environment}, week by week", measure.metric.title()),
        sentence: format!("{} in {environment} over {} weeks: {whole}.", measure.metric.title(), bars.len()),
        bars,
    }
}
