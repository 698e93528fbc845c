//! Owns the routes: which function answers which method and path. A test compares `template.yaml`,
//! `openapi.yaml` and the router of `cargo lambda watch` with this table.

use crate::http::Request;
use crate::problem::ApiError;
use http::Method;
use percent_encoding::percent_decode_str;

/// The operation that a request asks for, with the function that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `record`: one entry.
    RecordEntry,
    /// `record`: up to 100 entries.
    RecordBatch,
    /// `list`: a page of entries.
    ListEntries,
    /// `list`: the entries in the order in which they were recorded.
    ReadFeed,
    /// `list`: the actions and target types in use.
    GetFacets,
    /// `list`: who acted in a workspace.
    ListActors,
    /// `list`: what is known of an actor.
    GetActor,
    /// `list`: from which addresses somebody acted.
    ListAddresses,
    /// `list`: what is known of an address.
    GetAddress,
    /// `list`: the catalogue.
    GetCatalog,
    /// `workspace`: set the catalogue.
    PutCatalog,
    /// `list`: whether the service answers.
    GetHealth,
    /// `get`: whether the tables can be read.
    GetDeepHealth,
    /// `list`: links to what needs no credential.
    GetIndex,
    /// `get`: one entry.
    GetEntry,
    /// `workspace`: make one or change its plan.
    PutWorkspace,
    /// `workspace`: see its plan.
    GetWorkspace,
    /// `workspace`: make a viewer token.
    CreateViewerToken,
    /// `export`: start an export.
    CreateExport,
    /// `export`: the exports of a workspace.
    ListExports,
    /// `export`: one export.
    GetExport,
    /// `viewer`: the admin's page.
    GetViewer,
    /// `viewer`: a file that the page, or a page around it, loads.
    GetViewerAsset,
}

impl Operation {
    /// Its `operationId` in `openapi.yaml`, which the log names it by. The index has two there.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RecordEntry => "recordEntry",
            Self::RecordBatch => "recordBatch",
            Self::ListEntries => "listEntries",
            Self::ReadFeed => "readFeed",
            Self::GetFacets => "getFacets",
            Self::ListActors => "listActors",
            Self::GetActor => "getActor",
            Self::ListAddresses => "listAddresses",
            Self::GetAddress => "getAddress",
            Self::GetCatalog => "getCatalog",
            Self::PutCatalog => "putCatalog",
            Self::GetHealth => "getHealth",
            Self::GetDeepHealth => "getDeepHealth",
            Self::GetIndex => "getIndex",
            Self::GetEntry => "getEntry",
            Self::PutWorkspace => "putWorkspace",
            Self::GetWorkspace => "getWorkspace",
            Self::CreateViewerToken => "createViewerToken",
            Self::CreateExport => "createExport",
            Self::ListExports => "listExports",
            Self::GetExport => "getExport",
            Self::GetViewer => "getViewer",
            Self::GetViewerAsset => "getViewerAsset",
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its variable segments in braces.
    pub path: &'static str,
    /// The name of the function's binary.
    pub function: &'static str,
    /// The operation.
    pub operation: Operation,
}

/// All routes. Every other request goes to `list`, which answers 404 or 405.
pub static ROUTES: [Route; 24] = {
    use Operation as Op;
    const fn route(
        method: Method,
        path: &'static str,
        function: &'static str,
        operation: Operation,
    ) -> Route {
        Route { method, path, function, operation }
    }
    [
        route(Method::POST, "/v1/workspaces/{workspace_id}/entries", "record", Op::RecordEntry),
        route(
            Method::POST,
            "/v1/workspaces/{workspace_id}/entries/batch",
            "record",
            Op::RecordBatch,
        ),
        route(Method::GET, "/v1/workspaces/{workspace_id}/entries", "list", Op::ListEntries),
        route(Method::GET, "/v1/workspaces/{workspace_id}/entries/{entry_id}", "get", Op::GetEntry),
        route(Method::GET, "/v1/workspaces/{workspace_id}/feed", "list", Op::ReadFeed),
        route(Method::GET, "/v1/workspaces/{workspace_id}/facets", "list", Op::GetFacets),
        route(Method::GET, "/v1/workspaces/{workspace_id}/actors", "list", Op::ListActors),
        route(
            Method::GET,
            "/v1/workspaces/{workspace_id}/actors/{actor_type}/{actor_id}",
            "list",
            Op::GetActor,
        ),
        route(Method::GET, "/v1/workspaces/{workspace_id}/addresses", "list", Op::ListAddresses),
        route(
            Method::GET,
            "/v1/workspaces/{workspace_id}/addresses/{address}",
            "list",
            Op::GetAddress,
        ),
        route(Method::PUT, "/v1/workspaces/{workspace_id}", "workspace", Op::PutWorkspace),
        route(Method::GET, "/v1/workspaces/{workspace_id}", "workspace", Op::GetWorkspace),
        route(
            Method::POST,
            "/v1/workspaces/{workspace_id}/viewer-tokens",
            "workspace",
            Op::CreateViewerToken,
        ),
        route(Method::POST, "/v1/workspaces/{workspace_id}/exports", "export", Op::CreateExport),
        route(Method::GET, "/v1/workspaces/{workspace_id}/exports", "export", Op::ListExports),
        route(
            Method::GET,
            "/v1/workspaces/{workspace_id}/exports/{export_id}",
            "export",
            Op::GetExport,
        ),
        route(Method::GET, "/v1/viewer", "viewer", Op::GetViewer),
        route(Method::GET, "/v1/viewer/{asset}", "viewer", Op::GetViewerAsset),
        route(Method::GET, "/v1/catalog", "list", Op::GetCatalog),
        route(Method::PUT, "/v1/catalog", "workspace", Op::PutCatalog),
        route(Method::GET, "/v1/health", "list", Op::GetHealth),
        route(Method::GET, "/v1/health/deep", "get", Op::GetDeepHealth),
        route(Method::GET, "/", "list", Op::GetIndex),
        route(Method::GET, "/v1", "list", Op::GetIndex),
    ]
};

/// The route that a request matched.
#[derive(Debug)]
pub struct Matched<'r> {
    /// The route.
    pub route: &'r Route,
    /// The operation.
    pub operation: Operation,
    /// The text of each variable segment in order, as it was sent.
    pub segments: Vec<&'r str>,
}

/// Finds the route of a request. Paths are compared without decoding, because every valid segment
/// consists of characters that need no encoding (RFC 3986, section 2.3). So nothing can be decoded
/// twice.
///
/// # Errors
/// [`ApiError::NoRoute`] for an unknown path, [`ApiError::MethodNotAllowed`] for a known one
/// without this method.
pub fn matched(request: &Request) -> Result<Matched<'_>, ApiError> {
    let on_path: Vec<_> = ROUTES
        .iter()
        .filter_map(|route| Some((route, segments(route.path, &request.path)?)))
        .collect();
    // A literal segment is a better match than a variable one: the path `…/entries/batch` is not
    // that of an entry.
    let fewest =
        on_path.iter().map(|(_, segments)| segments.len()).min().ok_or(ApiError::NoRoute)?;
    let best: Vec<_> =
        on_path.into_iter().filter(|(_, segments)| segments.len() == fewest).collect();
    let allowed = best.iter().flat_map(|(route, _)| methods(&route.method)).collect();
    let found = best.into_iter().find(|(route, _)| {
        methods(&route.method).iter().any(|method| method.as_str() == request.method)
    });
    found
        .map(|(route, segments)| Matched { route, operation: route.operation, segments })
        .ok_or(ApiError::MethodNotAllowed(allowed))
}

/// A segment that may hold any text: percent-decoded, once (RFC 3986, section 2.4). `None` means
/// that it is not UTF-8.
#[must_use]
pub fn decoded(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(Into::into)
}

/// The route of a request, if it has one.
#[must_use]
pub fn route_of(request: &Request) -> Option<&Route> {
    matched(request).ok().map(|matched| matched.route)
}

/// The methods that ask for what a route does: what can be got can be asked for its headers alone
/// (RFC 9110, section 9.3.2). `conclude` leaves out the body.
fn methods(method: &Method) -> Vec<Method> {
    if *method == Method::GET { vec![Method::GET, Method::HEAD] } else { vec![method.clone()] }
}

/// The variable segments of a path that fits the pattern; `None` means that it does not fit.
fn segments<'r>(pattern: &str, path: &'r str) -> Option<Vec<&'r str>> {
    let (mut wanted, mut sent) = (pattern.split('/'), path.split('/'));
    let mut variables = Vec::new();
    loop {
        match (wanted.next(), sent.next()) {
            (None, None) => return Some(variables),
            (Some(wanted), Some(sent)) if wanted.starts_with('{') && !sent.is_empty() => {
                variables.push(sent);
            }
            (Some(wanted), Some(sent)) if wanted == sent => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Result<Operation, ApiError> {
        let request =
            Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
        matched(&request).map(|matched| matched.operation)
    }

    #[test]
    fn every_route_is_found_and_nothing_else() {
        for route in &ROUTES {
            let path = route
                .path
                .replace("{workspace_id}", "ws_a")
                .replace("{entry_id}", "e")
                .replace("{export_id}", "e")
                .replace("{actor_type}", "user");
            assert_eq!(operation(route.method.as_str(), &path), Ok(route.operation));
        }
        for path in [
            "", "//", "/v1/", "/v1/workspaces", "/v1/workspaces/", "/v1/workspaces//entries",
            "/v1/health/", "//v1/health", "/v1/workspaces/a/entries/b/c", "/v2/health",
            "/V1/health",
        ] {
            assert_eq!(operation("GET", path), Err(ApiError::NoRoute), "{path}");
        }
    }

    #[test]
    fn a_known_path_names_its_methods() {
        let allow = |methods: &[Method]| Err(ApiError::MethodNotAllowed(methods.to_vec()));
        let of_workspace = [Method::PUT, Method::GET, Method::HEAD];
        assert_eq!(operation("DELETE", "/v1/workspaces/a"), allow(&of_workspace));
        assert_eq!(operation("GET", "/v1/workspaces/a/entries/batch"), allow(&[Method::POST]));
        assert_eq!(operation("HEAD", "/v1/health"), Ok(Operation::GetHealth));
        assert_eq!(operation("HEAD", "/v1/workspaces/a/entries/batch"), allow(&[Method::POST]));
        assert_eq!(operation("get", "/v1/health"), allow(&[Method::GET, Method::HEAD]));
    }
}
