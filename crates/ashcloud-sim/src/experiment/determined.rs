//! Whether anything random can change what comes out of a model.

use ashcloud_core::{AgentChoice, CHANCES, ClassId};
use ashcloud_scenario::spec::{
    Asked, Attention, Consult, Key, Kind, Law, Model, Retry, Source, Stream, Tolerance,
};

/// Whether nothing random can change a model's results: all arrivals are given (times, a whole trace, constant gaps), all
/// laws constant, and no share lies strictly between 0 and 1. One replication then is exact.
pub fn is_determined(model: &Model) -> bool {
    let (world, service) = (&model.world, &model.service);
    // Calls are somebody else's where nobody takes them.
    let streams = world.streams.iter().enumerate();
    let mut met = streams.filter(|&(s, _)| service.takes_calls || Some(s) != world.phone);
    let consults = || service.consults.iter();
    model.plan.choice != AgentChoice::Random
        && met.all(|(_, stream)| is_given(stream))
        && world.kinds.iter().all(is_certain)
        && model
            .plan
            .classes
            .iter()
            .all(|class| class.taken_on == 0 || class.taken_on >= CHANCES)
        && service
            .handling
            .iter()
            .chain(&service.set_up)
            .flatten()
            .all(is_constant)
        && service
            .hand_over
            .iter()
            .all(|to| to.next.iter().all(|&(_, p)| is_sure(p)))
        && !service.keys.iter().any(|key| matches!(key, Key::Random))
        && service.attention.iter().flatten().all(is_regular)
        && consults().all(is_known)
}

/// A share that leaves nothing to chance.
fn is_sure(share: f64) -> bool {
    share <= 0.0 || share >= 1.0
}

fn is_constant(law: &Law) -> bool {
    match law {
        Law::Constant(_) => true,
        Law::Empirical(values) => values.windows(2).all(|pair| pair[0] == pair[1]),
        Law::Least(laws) => laws.iter().all(is_constant),
        _ => false,
    }
}

fn is_given(stream: &Stream) -> bool {
    let (is_timed, has_classes) = match &stream.source {
        Source::Times(_) => (true, false),
        Source::Trace(trace) => (
            trace.keep >= 1.0 && trace.bootstrap.is_none(),
            trace.events.iter().all(|event| event.class.is_some()),
        ),
        Source::Renewal(gap) => (is_constant(gap), false),
        _ => (false, false),
    };
    let one_class = stream.mix.iter().all(|&(_, p): &(ClassId, f64)| is_sure(p));
    is_timed
        && (has_classes || one_class)
        && stream.contagion.is_none()
        && is_sure(stream.angry)
        && stream.followers.iter().chain(&stream.thread).all(is_constant)
}

fn is_certain(kind: &Kind) -> bool {
    let comes_back = |retry: &Retry| is_sure(retry.probability) && is_constant(&retry.after);
    let waits = |tolerance: &Tolerance| is_constant(&tolerance.law) && tolerance.retry.iter().all(comes_back);
    is_constant(&kind.handling)
        && kind.tolerance.iter().all(waits)
        && kind.when_blocked.iter().all(comes_back)
        && kind.balks.iter().all(|&p| is_sure(p))
}

fn is_regular(attention: &Attention) -> bool {
    let picks = |pick: &ashcloud_scenario::spec::Pick| {
        pick.at_once <= 0.0 || pick.at_once >= 1.0 && pick.fades == f64::INFINITY
    };
    is_constant(&attention.gap)
        && attention.pick.iter().all(picks)
        && attention.sofa.iter().all(|sofa| sofa.probability <= 0.0)
}

fn is_known(consult: &Consult) -> bool {
    let replies = match &consult.asked {
        Asked::Department { reply, .. } => is_constant(reply),
        Asked::Team(_) => true,
    };
    is_sure(consult.knows) && consult.mail.iter().all(is_constant) && is_sure(consult.forgets) && replies
}
