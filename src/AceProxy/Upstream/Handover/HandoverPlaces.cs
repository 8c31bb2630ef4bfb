using AceProxy.Upstream.Playback;

namespace AceProxy.Upstream.Handover;

/// <summary>How many streams of this worker may have a session in waiting at once: each may hold <see cref="Backlog.Most"/> bytes.</summary>
internal sealed class HandoverPlaces() : SemaphoreSlim(Most)
{
    private const int Most = 8;
}
