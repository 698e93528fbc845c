//! The id of a workspace, and what changes of plan do to what is visible.

mod plans;

use super::*;

#[test]
fn only_the_canonical_spelling_of_an_id_is_read() {
    for good in ["ws_a", "W-1", "0", &"w".repeat(128)] {
        assert_eq!(WorkspaceId::parse(good).unwrap().as_str(), good);
    }
    for bad in
        ["", "ws a", "ws#a", "ws%5Fa", "../ws", "*", "ws_a,ws_b", "ws_a\0", "wś", &"w".repeat(129)]
    {
        assert_eq!(WorkspaceId::parse(bad), None, "{bad}");
    }
}
