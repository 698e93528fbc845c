//! An event of the gateway, as any function gets it.
//!
//! - Each function answers, whatever the event says.
//! - The event's text for logs has a bounded length.

use crate::world::{World, base64};
use web::http::{HttpEvent, Request};

const FUNCTIONS: [&str; 6] = ["record", "list", "get", "workspace", "export", "viewer"];

pub(crate) fn run(data: &[u8]) -> bool {
    let Ok(event) = serde_json::from_slice::<HttpEvent>(data) else { return false };
    assert!(format!("{event:?}").len() < 300 + 6 * data.len());
    let mut request = Request::from(event);
    "r-1".clone_into(&mut request.request_id);
    let in_base64 = format!(r#"{{"isBase64Encoded":true,"body":"{}"}}"#, base64(&request.body));
    let encoded = Request::from(serde_json::from_str::<HttpEvent>(&in_base64).unwrap());
    assert_eq!(encoded.body, request.body);
    let world = World::new();
    let answer = world.answer(request.clone());
    for function in FUNCTIONS {
        world.answer_by(function, request.clone());
    }
    answer.status < 400
}
