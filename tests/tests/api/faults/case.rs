//! An instance whose calls to the store fail, one or all from one on, and how it goes on after.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tests::raw::RawRequest;
use tests::scene::Scene;
use tests::{Fault, Proxy, Response};

/// Which calls fail: all from this one on, or this one alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    Here(usize),
    HereOnly(usize),
}

impl From {
    fn fails(self, call: usize) -> bool {
        match self {
            Self::Here(first) => call >= first,
            Self::HereOnly(one) => call == one,
        }
    }
}

/// An instance behind a proxy of its own, and how many calls have come to it.
pub(super) struct Case {
    pub(super) proxy: Proxy,
    pub(super) address: String,
    pub(super) calls: Arc<AtomicUsize>,
}

impl Case {
    pub(super) async fn start(scene: &Scene) -> Self {
        let proxy = Proxy::start(&scene.service.embedded.endpoint).await;
        let address = scene.service.instance_behind(&proxy).await;
        Self { proxy, address, calls: Arc::default() }
    }

    /// An instance that waits for this fault as long as a function does, or as a busy machine
    /// needs.
    pub(super) async fn of(fault: &Fault, scene: &Scene) -> Self {
        if !fault.hangs() {
            return Self::start(scene).await;
        }
        let proxy = Proxy::start(&scene.service.embedded.endpoint).await;
        let address = scene.service.hurried_instance_behind(&proxy).await;
        Self { proxy, address, calls: Arc::default() }
    }

    /// The answer once the store is well, and how often it took to get it: an instance that waits
    /// no longer than a function may find a busy machine's store slow.
    pub(super) async fn healed(&self, request: &RawRequest) -> (Response, usize) {
        self.proxy.heal();
        let mut asked = 1;
        let mut answer = request.send(&self.address).await;
        while answer.status == 503 && asked < 10 {
            answer = request.send(&self.address).await;
            asked += 1;
        }
        (answer, asked)
    }

    /// Fails these calls from now on, and counts from now on.
    pub(super) fn fail(&self, fault: Fault, from: From) {
        self.calls.store(0, Ordering::SeqCst);
        let calls = Arc::clone(&self.calls);
        self.proxy.fail(move |_, _| {
            let is_failed = from.fails(calls.fetch_add(1, Ordering::SeqCst));
            if is_failed { fault.clone() } else { Fault::None }
        });
    }
}
