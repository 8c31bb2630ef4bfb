namespace AceProxy.LiveStreams;

/// <summary>Where a live stream is in its life, as the API tells it.</summary>
internal enum LiveStreamState
{
    /// <summary>No data yet.</summary>
    Opening,

    /// <summary>Data flows, somebody watches.</summary>
    Playing,

    /// <summary>Data has stopped and the reader is trying to go on.</summary>
    Recovering,

    /// <summary>Data flows and nobody watches; the grace period runs.</summary>
    Idle,

    /// <summary>Its session is being stopped.</summary>
    Stopping,
}
