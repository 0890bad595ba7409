//! Documents and training: in and out, each title once, searched, and what goes with what.

use crate::fixtures::{World, at, mira, put, uuid};
use crate::lab::Lab;
use pilothouse_domain::document::{Document, DocumentKind, DocumentSource, DocumentVersion, terms};
use pilothouse_domain::training::{Course, Proof, Trainee, TrainingRecord, TrainingSession};
use pilothouse_domain::{CourseId, DocumentId, DocumentVersionId, ProductId, TrainingRecordId, TrainingSessionId};
use pilothouse_engine::ports::document_store::TrainingFilter;
use pilothouse_engine::ports::store::{Store, StoreError, Write};

fn document(product: ProductId, title: &str) -> Document {
    Document {
        id: DocumentId::new(uuid()),
        revision: 0,
        product_id: product,
        kind: DocumentKind::OperationsManual,
        title: title.into(),
        owner: "Jonas".into(),
        source: DocumentSource::Written,
        number: 1,
        paths: vec!["deploy/**".into()],
        review_days: None,
        readers: Vec::new(),
        reviews: Vec::new(),
        readings: Vec::new(),
        added_by: mira(),
        added_at: at(1),
        retired: None,
    }
}

fn version(document: &Document, number: u32, text: &str) -> DocumentVersion {
    DocumentVersion {
        id: DocumentVersionId::new(uuid()),
        revision: 0,
        product_id: document.product_id,
        document_id: document.id,
        number,
        title: document.title.clone(),
        text: text.into(),
        remark: String::new(),
        commit: None,
        by: mira(),
        at: at(2),
    }
}

async fn found(store: &dyn Store, product: Option<ProductId>, query: &str) -> Vec<String> {
    let found = store.find_documents(product, &terms(query), 10).await.unwrap();
    found.into_iter().map(|found| format!("{}: {}", found.document.title, found.text)).collect()
}

pub(crate) async fn documents_are_listed_and_searched(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let product = world.product.id;
    let (mut manual, guide) = (document(product, "Zebra manual"), document(product, "A guide"));
    let texts = [version(&manual, 1, "Grüße: 100% of_it\0"), version(&guide, 1, "Restart the BASKET service")];
    let writes = [&manual, &guide].map(|d| Write::Document(d.clone())).into_iter().chain(texts.iter().cloned().map(Write::DocumentVersion));
    put(&*store, writes.collect()).await.unwrap();
    let titles: Vec<String> = store.documents(product).await.unwrap().into_iter().map(|document| document.title).collect();
    assert_eq!(titles, ["A guide", "Zebra manual"]);
    assert_eq!(store.documents(ProductId::new(uuid())).await.unwrap(), []);
    manual.revision = 1;
    assert_eq!(store.document(manual.id).await.unwrap(), manual);
    let taken = StoreError::Taken { constraint: "document_product_title_key".into(), what: "The document “A guide”".into() };
    assert_eq!(put(&*store, vec![Write::Document(document(product, "A guide"))]).await, Err(taken));
    assert!(matches!(put(&*store, vec![Write::DocumentVersion(version(&manual, 1, "x"))]).await, Err(StoreError::Taken { .. })));

    assert_eq!(found(&*store, Some(product), "basket restart").await, ["A guide: Restart the BASKET service"]);
    assert_eq!(found(&*store, None, "GRÜSSE").await, Vec::<String>::new());
    assert_eq!(found(&*store, None, "grüße jonas").await.len(), 1, "in the text and beside it");
    for (query, count) in [("100%", 1), ("1%0", 0), ("of_it", 1), ("o__it", 0), ("\\", 0), ("operations", 2), ("", 2)] {
        assert_eq!(found(&*store, Some(product), query).await.len(), count, "{query}");
    }
    manual.number = 2;
    put(&*store, vec![Write::Document(manual.clone()), Write::DocumentVersion(version(&manual, 2, "All new"))]).await.unwrap();
    assert_eq!(found(&*store, None, "100%").await, Vec::<String>::new(), "only the current text is looked through");
    assert_eq!(found(&*store, None, "zebra").await, ["Zebra manual: All new"]);
    let numbers: Vec<u32> = store.document_versions(manual.id, 10).await.unwrap().iter().map(|version| version.number).collect();
    assert_eq!(numbers, [2, 1]);
    assert!(store.document_version(manual.id, 1).await.unwrap().text.starts_with("Grüße"));
    assert!(matches!(store.document_version(manual.id, 3).await, Err(StoreError::NotFound { kind: "document_version", .. })));
}

pub(crate) async fn training_goes_with_its_product(lab: &Lab) {
    let store = lab.open().await;
    let world = World::in_store(&*store).await;
    let product = world.product.id;
    let course = Course {
        id: CourseId::new(uuid()),
        revision: 0,
        product_id: product,
        title: "Basket".into(),
        description: "ü".into(),
        material: Vec::new(),
        audience: vec![Trainee { name: "Aiko".into(), email: None }],
        paths: Vec::new(),
        each_release: false,
        needs_attendance: true,
        needs_acknowledgement: false,
        quiz: None,
        valid_days: None,
        edition: 1,
        added_by: mira(),
        added_at: at(1),
        retired: None,
    };
    let session = |second| TrainingSession {
        id: TrainingSessionId::new(uuid()),
        revision: 0,
        product_id: product,
        course_id: course.id,
        release: None,
        begins_at: at(second),
        ends_at: at(second + 60),
        time_zone: "Europe/Berlin".into(),
        place: String::new(),
        trainer: String::new(),
        cancelled: None,
    };
    let record = |second| TrainingRecord {
        id: TrainingRecordId::new(uuid()),
        revision: 0,
        product_id: product,
        course_id: course.id,
        edition: 1,
        person: "Aiko".into(),
        proof: Proof::Acknowledged,
        release: None,
        by: mira(),
        at: at(second),
        withdrawn: None,
    };
    let (sessions, records) = ([session(5), session(9)], [record(3), record(4)]);
    let mut writes = vec![Write::Course(course.clone())];
    writes.extend(sessions.iter().cloned().map(Write::TrainingSession));
    writes.extend(records.iter().cloned().map(Write::TrainingRecord));
    put(&*store, writes).await.unwrap();
    assert_eq!(store.courses(product).await.unwrap(), [Course { revision: 1, ..course.clone() }]);
    let all = TrainingFilter { product: Some(product), ..TrainingFilter::default() };
    let listed: Vec<_> = store.training_sessions(&all).await.unwrap().into_iter().map(|session| session.id).collect();
    assert_eq!(listed, [sessions[1].id, sessions[0].id]);
    let newest = TrainingFilter { course: Some(course.id), limit: 1, ..TrainingFilter::default() };
    assert_eq!(store.training_records(&newest).await.unwrap(), [TrainingRecord { revision: 1, ..records[1].clone() }]);
    let elsewhere = TrainingFilter { product: Some(ProductId::new(uuid())), ..TrainingFilter::default() };
    assert_eq!(store.training_records(&elsewhere).await.unwrap(), []);
    let again = Course { id: CourseId::new(uuid()), ..course.clone() };
    assert!(matches!(put(&*store, vec![Write::Course(again)]).await, Err(StoreError::Taken { .. })));
    let orphan = TrainingRecord { course_id: CourseId::new(uuid()), ..record(5) };
    assert!(matches!(put(&*store, vec![Write::TrainingRecord(orphan)]).await, Err(StoreError::NotFound { kind: "course", .. })));

    let manual = document(product, "Manual");
    put(&*store, vec![Write::Document(manual.clone()), Write::DocumentVersion(version(&manual, 1, "x"))]).await.unwrap();
    put(&*store, vec![Write::RemoveProduct(world.product.clone())]).await.unwrap();
    assert!(matches!(store.course(course.id).await, Err(StoreError::NotFound { kind: "course", .. })));
    assert!(store.training_session(sessions[0].id).await.is_err() && store.training_record(records[0].id).await.is_err());
    assert!(store.document(manual.id).await.is_err() && store.document_version(manual.id, 1).await.is_err());
}
