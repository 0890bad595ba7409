//! From what a person types to ids: names where they are unique, ids everywhere. Asks the api; knows no rule.

use pilothouse_api::{
    Api, ApiError, ConnectionView, EnvironmentName, ErrorCode, FindReleaseRequest, IncidentView, ListIncidentsRequest, ProductView,
};

/// A product by name or id.
pub(crate) async fn product(api: &Api, text: &str) -> Result<ProductView, ApiError> {
    let products = api.list_products().await?;
    choose("product", text, products, |p| (&p.id, &p.name))
}

/// A connection by name or id.
pub(crate) async fn connection(api: &Api, text: &str) -> Result<ConnectionView, ApiError> {
    let connections = api.list_connections().await?;
    choose("connection", text, connections, |c| (&c.id, &c.name))
}

/// An environment of a product by name or id; the product's own name may stand before it.
pub(crate) fn environment(product: &ProductView, text: &str) -> Result<EnvironmentName, ApiError> {
    let text = text.strip_prefix(&format!("{}/", product.name)).unwrap_or(text);
    choose("environment", text, product.environments.clone(), |e| (&e.id, &e.name))
}

/// An environment of any product: by id, as `product/environment`, or by a name that only one product has. With its product.
pub(crate) async fn place(api: &Api, text: &str) -> Result<(ProductView, EnvironmentName), ApiError> {
    if let Some((name, environment_name)) = text.rsplit_once('/') {
        let product = product(api, name).await?;
        let environment = environment(&product, environment_name)?;
        return Ok((product, environment));
    }
    let all: Vec<(ProductView, EnvironmentName)> =
        api.list_products().await?.into_iter().flat_map(|p| p.environments.clone().into_iter().map(move |e| (p.clone(), e))).collect();
    choose("environment", text, all, |(_, e)| (&e.id, &e.name))
}

/// A release as `product@version`, by a version that only one product has, or by id. Its id.
pub(crate) async fn release(api: &Api, text: &str) -> Result<String, ApiError> {
    if is_id(text) {
        return Ok(text.trim().to_owned());
    }
    let (product_id, version) = match text.rsplit_once('@') {
        Some((name, version)) => (Some(product(api, name).await?.id), version),
        None => (None, text),
    };
    Ok(api.find_release(FindReleaseRequest { product_id, version: version.to_owned() }).await?.id)
}

/// An incident by number (`14`, `#14`) or id.
pub(crate) async fn incident(api: &Api, text: &str) -> Result<IncidentView, ApiError> {
    let incidents = api.list_incidents(ListIncidentsRequest { limit: 500, ..ListIncidentsRequest::default() }).await?;
    let number = text.trim().trim_start_matches('#').parse::<u32>().ok();
    incidents.into_iter().find(|i| i.id == text || Some(i.number) == number).ok_or_else(|| missing("incident", text))
}

/// True where the text is a UUID, and so no name.
pub(crate) fn is_id(text: &str) -> bool {
    let text = text.trim();
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// The one that is meant: by id, by its name as it is written, else by its name in any case.
pub(crate) fn choose<T>(kind: &str, text: &str, all: Vec<T>, of: impl Fn(&T) -> (&String, &String)) -> Result<T, ApiError> {
    let wanted = text.trim();
    let lower = wanted.to_lowercase();
    let rank = |candidate: &T| {
        let (id, name) = of(candidate);
        if id == wanted {
            Some(0)
        } else if name == wanted {
            Some(1)
        } else {
            (name.to_lowercase() == lower).then_some(2)
        }
    };
    let mut ranked: Vec<(u8, T)> = all.into_iter().filter_map(|c| rank(&c).map(|r| (r, c))).collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min();
    ranked.retain(|(rank, _)| Some(*rank) == best);
    match ranked.len() {
        0 => Err(missing(kind, text)),
        1 => ranked.pop().map(|(_, chosen)| chosen).ok_or_else(|| missing(kind, text)),
        several => Err(ApiError::invalid(
            kind,
            format!("{several} are called `{wanted}`"),
            "Name the product too, as in product/environment, or give the id.",
        )),
    }
}

fn missing(kind: &str, text: &str) -> ApiError {
    let next_step = format!("See `pilothouse {kind} list` for what there is.");
    let next_step = if kind == "environment" { "See `pilothouse product list` for what there is.".to_owned() } else { next_step };
    ApiError::new(ErrorCode::NotFound, format!("there is no {kind} `{text}`"), next_step)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_name_as_written_goes_before_one_in_another_case() {
        let all = || vec![("1".to_owned(), "Checkout".to_owned()), ("2".to_owned(), "checkout".to_owned())];
        let of = |text: &str| choose("product", text, all(), |(id, name)| (id, name));
        assert_eq!(of("checkout").unwrap().0, "2");
        assert_eq!(of("1").unwrap().0, "1");
        assert_eq!(of("CHECKOUT").unwrap_err().code, ErrorCode::Invalid);
        assert_eq!(of("ledger").unwrap_err().code, ErrorCode::NotFound);
    }

    #[test]
    fn ids_are_told_from_names() {
        assert!(is_id("0199a6f2-7f1e-7c7a-8b11-2f6a3c1d9e00"));
        assert!(!is_id("checkout"));
        assert!(!is_id("not-a-uuid-but-has-dashes-in-it-36ch"));
    }
}
