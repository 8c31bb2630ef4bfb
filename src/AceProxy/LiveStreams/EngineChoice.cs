using AceProxy.Engines;

namespace AceProxy.LiveStreams;

/// <summary>What is known of where to read a stream.</summary>
/// <param name="Reserved">There; null: wherever there is an engine.</param>
/// <param name="Avoided">The id of an engine that another worker may be reading it from; empty for none, or none any more.</param>
/// <param name="Predecessor">The worker that read it before, whose slot it may have if that one is gone or has given it away; empty for none.</param>
internal sealed record EngineChoice(EngineReservation? Reserved, Func<string> Avoided, string Predecessor)
{
    /// <summary>Wherever there is an engine.</summary>
    public static readonly EngineChoice Any = new(null, () => "", "");
}
