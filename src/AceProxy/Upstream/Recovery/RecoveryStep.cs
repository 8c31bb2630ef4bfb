namespace AceProxy.Upstream.Recovery;

/// <summary>What to do after a connection has ended, and how long to wait before.</summary>
internal readonly record struct RecoveryStep(RecoveryAction Action, TimeSpan Delay);
