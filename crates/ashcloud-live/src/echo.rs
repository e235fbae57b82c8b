//! What the messages alone cost: a bare echo, to measure the driver against.

use std::time::Duration;

use ashcloud_core::CommentId;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, yield_now};

use crate::driver::BATCH;
use crate::generator::{Letter, pace};
use crate::timeline::Timeline;
use crate::{Clock, Overload, Trace};

/// Floods `agents` tasks with the comments of a trace: from the same generator through a mailbox of the same size, each comment
/// goes to the next task in turn and comes back; after every `batch` of them everybody has a turn and is heard, as in the
/// driver's rounds. No house, no clock, no statistics. Returns the time from the first sending to the last return.
///
/// # Panics
/// If the runtime or the generator's thread cannot be made.
pub fn echo(trace: &Trace, queue: usize, agents: usize, batch: usize) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without input and output needs nothing of the system");
    let (mailbox, comments) = mpsc::channel(queue.max(1));
    std::thread::scope(|scope| {
        runtime.block_on(async {
            let timeline = Timeline::paced(1.0, Duration::ZERO);
            scope.spawn(move || {
                pace(
                    trace,
                    &mailbox,
                    timeline,
                    (Clock::Flood, Overload::Block),
                    Duration::MAX,
                    u64::MAX,
                );
            });
            let echoed = tokio::spawn(pass_on(comments, agents.max(1), batch.max(1))).await;
            assert_eq!(
                echoed.expect("the echo does not panic"),
                trace.comments.len(),
                "every comment comes back"
            );
            Duration::from_nanos(timeline.elapsed_ns())
        })
    })
}

/// Passes every comment on and hears it back; returns how many came back.
async fn pass_on(mut comments: mpsc::Receiver<Letter>, agents: usize, batch: usize) -> usize {
    let (back, mut returned) = mpsc::unbounded_channel::<CommentId>();
    let mut tasks = JoinSet::new();
    let posts: Vec<mpsc::UnboundedSender<CommentId>> = (0..agents)
        .map(|_| {
            let (post, mut receive) = mpsc::unbounded_channel();
            let back = back.clone();
            tasks.spawn(async move {
                while let Some(id) = receive.recv().await {
                    if back.send(id).is_err() {
                        return;
                    }
                }
            });
            post
        })
        .collect();
    let (mut inbox, mut echoes) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let (mut sent, mut heard) = (0, 0);
    while comments.recv_many(&mut inbox, BATCH).await > 0 {
        for round in inbox.chunks(batch) {
            for letter in round {
                let _ = posts[sent % agents].send(letter.comment.id);
                sent += 1;
            }
            yield_now().await;
            heard += tokio::select! {
                biased;
                heard = returned.recv_many(&mut echoes, usize::MAX) => heard,
                () = std::future::ready(()) => 0,
            };
            echoes.clear();
        }
        inbox.clear();
    }
    while heard < sent {
        heard += returned.recv_many(&mut echoes, BATCH).await;
    }
    heard
}
