//! Reviews of releases: in and out, and one for each release.

use crate::fixtures::{World, at, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::release::Release;
use pilothouse_domain::review::{Review, ReviewAction, Signed};
use pilothouse_domain::{ProductId, ReviewActionId, ReviewId};
use pilothouse_engine::ports::review_store::ReviewFilter;
use pilothouse_engine::ports::store::{StoreError, Write};

fn review(release: &Release, second: i64) -> Review {
    let done = Some(Signed { by: mira(), at: at(second) });
    Review {
        id: ReviewId::new(uuid()),
        revision: 0,
        product_id: release.product_id,
        release_id: release.id,
        summary: "Calm\0".into(),
        went_well: vec!["ü".into()],
        to_improve: Vec::new(),
        actions: vec![ReviewAction {
            id: ReviewActionId::new(uuid()),
            what: "Warm the cache".into(),
            owner: "Aiko".into(),
            due: Some(at(9)),
            done,
        }],
        begun_by: mira(),
        begun_at: at(second),
        closed: None,
    }
}

pub(crate) async fn a_release_has_one_review(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let (one, two) = (world.release(&*store, "1.1.0", 1).await, world.release(&*store, "1.2.0", 2).await);
    let mut reviews = [review(&one, 3), review(&two, 4)];
    put(&*store, reviews.iter().cloned().map(Write::Review).collect()).await.unwrap();
    let taken = StoreError::Taken { constraint: "review_release_key".into(), what: "The review".into() };
    assert_eq!(put(&*store, vec![Write::Review(review(&one, 5))]).await, Err(taken));
    let ids = async |filter: ReviewFilter| -> Vec<ReviewId> { store.reviews(&filter).await.unwrap().into_iter().map(|r| r.id).collect() };
    let all = ReviewFilter::default();
    assert_eq!(ids(ReviewFilter { product: Some(world.product.id), ..all }).await, [reviews[1].id, reviews[0].id], "last begun first");
    assert_eq!(ids(ReviewFilter { release: Some(one.id), ..all }).await, [reviews[0].id]);
    assert_eq!(ids(ReviewFilter { product: Some(ProductId::new(uuid())), ..all }).await, []);
    assert_eq!(ids(ReviewFilter { limit: 1, ..all }).await, [reviews[1].id]);

    reviews[0].closed = Some(Signed { by: mira(), at: at(8) });
    let stale = StoreError::Conflict { kind: "review", id: reviews[0].id.to_string() };
    assert_eq!(put(&*store, vec![Write::Review(Review { revision: 7, ..reviews[0].clone() })]).await, Err(stale));
    reviews[0].revision = 1;
    put(&*store, vec![Write::Review(reviews[0].clone())]).await.unwrap();
    assert_eq!(store.review(reviews[0].id).await.unwrap(), Review { revision: 2, ..reviews[0].clone() });
    assert!(matches!(store.review(ReviewId::new(uuid())).await, Err(StoreError::NotFound { kind: "review", .. })));
}
