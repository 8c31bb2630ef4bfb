namespace AceProxy.EngineSimulator.Tests.Wire;

internal sealed record Start(string PlaybackUrl, string StatUrl, string CommandUrl, string SessionId);
