//! Instances of the service in separate processes, which are killed and replaced.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tests::Random;
use tests::instance::Instance;

/// The running instances by place. When one is killed, another takes its place and has another
/// address.
pub(crate) struct Instances {
    endpoint: String,
    addresses: Vec<Mutex<String>>,
    running: Vec<tokio::sync::Mutex<Option<Instance>>>,
}

impl Instances {
    /// Starts this many instances over the store at `endpoint`.
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

    /// The address of the instance at a place, modulo the number of places. It may have been
    /// killed.
    pub(crate) fn address(&self, place: u32) -> String {
        let place = usize::try_from(place).unwrap() % self.addresses.len();
        self.addresses[place].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Kills a random instance at any point of its work, and starts another in its place.
    pub(crate) async fn kill_one(&self, random: &mut Random) {
        let count = u32::try_from(self.running.len()).unwrap();
        self.replace(usize::try_from(random.below(count)).unwrap()).await;
    }

    async fn replace(&self, place: usize) {
        let mut running = self.running[place].lock().await;
        if let Some(before) = running.take() {
            before.kill().await;
        }
        // The log is off, because it would have a line for every torn call, and nothing reads it.
        let program = Path::new(env!("CARGO_BIN_EXE_instance"));
        let instance = Instance::start(program, &self.endpoint, "off").await;
        let mut address = self.addresses[place].lock().unwrap_or_else(PoisonError::into_inner);
        address.clone_from(&instance.address);
        drop(address);
        *running = Some(instance);
    }
}
