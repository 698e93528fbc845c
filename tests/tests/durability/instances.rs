//! Instances of the service in processes of their own, which are killed and started again.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tests::Random;
use tests::instance::Instance;

/// The instances. Each is at its place in turn with its successors.
pub(crate) struct Instances {
    endpoint: String,
    addresses: Vec<Mutex<String>>,
    running: Vec<tokio::sync::Mutex<Option<Instance>>>,
}

impl Instances {
    /// So many instances over the store at `endpoint`.
    pub(crate) async fn start(endpoint: &str, count: usize) -> Self {
        let instances = Self {
            endpoint: endpoint.to_owned(),
            addresses: (0..count).map(|_| Mutex::default()).collect(),
            running: (0..count).map(|_| tokio::sync::Mutex::default()).collect(),
        };
        for place in 0..count {
            instances.replace(place).await;
        }
        instances
    }

    /// Where the instance at a place listens; it may be gone.
    pub(crate) fn address(&self, place: u32) -> String {
        let place = usize::try_from(place).unwrap() % self.addresses.len();
        self.addresses[place].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Kills one, whatever it is doing, and starts another in its place.
    pub(crate) async fn kill_one(&self, random: &mut Random) {
        let count = u32::try_from(self.running.len()).unwrap();
        self.replace(usize::try_from(random.below(count)).unwrap()).await;
    }

    async fn replace(&self, place: usize) {
        let mut running = self.running[place].lock().await;
        if let Some(before) = running.take() {
            before.kill().await;
        }
        // It logs every torn call; nobody reads that here.
        let program = Path::new(env!("CARGO_BIN_EXE_instance"));
        let instance = Instance::start(program, &self.endpoint, "off").await;
        let mut address = self.addresses[place].lock().unwrap_or_else(PoisonError::into_inner);
        address.clone_from(&instance.address);
        drop(address);
        *running = Some(instance);
    }
}
