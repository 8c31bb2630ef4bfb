namespace AceProxy.LiveStreams;

/// <summary>What this worker does for a stream, as the API tells it.</summary>
internal enum StreamRole
{
    /// <summary>It reads the engine.</summary>
    Owner,

    /// <summary>It reads what another worker has put into Redis.</summary>
    Follower,
}
