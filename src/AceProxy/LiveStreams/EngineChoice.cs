using AceProxy.Engines;

namespace AceProxy.LiveStreams;

/// <summary>What is known of where to read a stream.</summary>
/// <param name="Reserved">There; null: wherever there is an engine.</param>
/// <param name="Avoided">The id of an engine that another worker may be reading it from; empty for none.</param>
/// <param name="Predecessor">The worker that read it before, whose slot it may have if that one is gone; empty for none.</param>
internal sealed record EngineChoice(EngineReservation? Reserved = null, string Avoided = "", string Predecessor = "");
