using AceProxy.Engines;

namespace AceProxy.Upstream;

internal static class OtherEngines
{
    /// <summary>Whether there is anywhere else to go, free or not.</summary>
    public static bool HasOther(this EnginePool engines, Engine than) => engines.Engines.Any(engine => engine != than && engine.Health.TakesSessions);
}
