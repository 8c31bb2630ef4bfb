using AceProxy.EngineApi;

namespace AceProxy.Cluster.Sharing;

/// <summary>The stream has ended with its owner's engine, and why.</summary>
internal sealed record TenureEnd(EngineFailure? Failure);
