using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream.Handover;

/// <summary>A session that is being read beside the one that plays.</summary>
/// <param name="Reading">Its reader, which goes on when it takes over.</param>
internal sealed record Standby(UpstreamSession Session, PacketFeed Feed, Task<ReadOutcome> Reading)
{
    /// <summary>It is not needed any more: stops it, which ends its reader.</summary>
    public async Task DropAsync()
    {
        await Session.DisposeAsync();
        await Reading.ContinueWith(static _ => { }, TaskScheduler.Default); // however it ends
    }
}
