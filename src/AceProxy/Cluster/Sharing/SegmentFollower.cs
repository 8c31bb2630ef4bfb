using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Segments;
using AceProxy.Content;
using AceProxy.Upstream;

namespace AceProxy.Cluster.Sharing;

/// <summary>Reads a stream's segments from Redis, each once, and puts them into this worker's ring.</summary>
internal sealed class SegmentFollower(
    ContentKey stream, SharedRing shared, SegmentStore store, UpstreamProgress progress, ClusterCounters counters, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// How far back a ring that has nothing yet begins, in segments: about 15 s, which is behind the last random access point of nearly all
    /// streams. More would be more to read before the first client sees anything, and nobody here can be lapsed by it.
    /// </summary>
    private const int Backlog = 60;

    /// <summary>Segments asked for ahead of the one that is applied: with the largest that is 8 MiB a stream.</summary>
    private const int Ahead = 8;

    /// <summary>
    /// No more segments than this are ever there at once, an hour of four a second, or a GiB of the smallest: whoever says that there are is not
    /// believed.
    /// </summary>
    private const int Most = 16384;

    private StreamView _view = new(null, null, 0, null, "", TimeSpan.Zero);

    /// <summary>The engine that the owner was reading when it was last heard of; empty if it is not known.</summary>
    public string OwnersEngine => _view.Engine;

    /// <summary>The highest epoch seen; a lease of ours has to exceed it.</summary>
    public long HighestEpoch { get; private set; }

    /// <summary>Something has been read, or written when this worker was the owner.</summary>
    public bool HasData => shared.Last is not null;

    /// <summary>Somebody has said that there is this segment now: reads up to it without asking, if it is of the epoch that is being read.</summary>
    /// <returns>False: it is of another epoch or far ahead, or Redis was away; look.</returns>
    public async Task<bool> ReadToAsync(SegmentId newest, CancellationToken cancellation)
    {
        if (_view.Newest is not { } known || known.Epoch != newest.Epoch || newest.Number > known.Number + Backlog)
        {
            return false;
        }

        return newest.Number <= known.Number
            || await ReadToAsync(_view with { Newest = newest, MadeAt = 0 }, cancellation);
    }

    /// <summary>Reads everything up to what was seen.</summary>
    /// <returns>False when Redis was away.</returns>
    public async Task<bool> ReadToAsync(StreamView view, CancellationToken cancellation)
    {
        _view = view with { Engine = view.Engine.Length > 0 ? view.Engine : _view.Engine }; // known still, if Redis has forgotten it
        HighestEpoch = Math.Max(HighestEpoch, Math.Max(view.Newest?.Epoch ?? 0, view.Holder?.Epoch ?? 0));
        if (view.Newest is not { } newest)
        {
            return true;
        }

        foreach ((long epoch, long from, long to) in Missing(newest, view.Continues))
        {
            if (!await ReadAsync(epoch, from, to, cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Which segments to read, in order: one run, or one of the epoch before and one of this.</summary>
    private IEnumerable<(long Epoch, long From, long To)> Missing(SegmentId newest, SegmentId? continued)
    {
        if (Passed(newest) is { } passed)
        {
            yield return (newest.Epoch, passed + 1, newest.Number);
            yield break;
        }

        long? behind = continued is { } end && Passed(end) is { } place && place <= end.Number ? place : null;
        long recent = Math.Max(0, newest.Number - Backlog);
        if (continued is { } before && (behind is not null || (shared.Last is null && recent == 0)))
        {
            yield return (before.Epoch, behind + 1 ?? Math.Max(0, before.Number - (Backlog - newest.Number)), before.Number);
            recent = 0;
        }

        yield return (newest.Epoch, recent, newest.Number);
    }

    /// <summary>How far an epoch has been read. What was passed beyond the newest was never there: numbers only grow.</summary>
    private long? Passed(SegmentId newest) =>
        shared.Passed is { } passed && passed.Epoch == newest.Epoch && passed.Number <= newest.Number ? passed.Number
        : shared.Last is { } last && last.Epoch == newest.Epoch ? last.Number
        : null;

    private async Task<bool> ReadAsync(long epoch, long from, long to, CancellationToken cancellation)
    {
        var asked = new Queue<(SegmentId Id, Task<Answer<byte[]?>> Reading)>();
        long next = Math.Max(from, to - Most);
        while (next <= to || asked.Count > 0)
        {
            while (next <= to && asked.Count < Ahead)
            {
                var id = new SegmentId(epoch, next++);
                asked.Enqueue((id, store.ReadAsync(stream, id)));
            }

            (SegmentId first, Task<Answer<byte[]?>> reading) = asked.Dequeue();
            Answer<byte[]?> answer = await reading;
            cancellation.ThrowIfCancellationRequested();
            if (!answer.IsThere)
            {
                return false;
            }

            if (answer.Value is not null || first.Number < to - Backlog)
            {
                shared.Passed = first; // but not what is missing at the end: its owner may have had no answer, and writes it again
            }

            Apply(first, answer.Value);
        }

        return true;
    }

    private void Apply(SegmentId id, byte[]? bytes)
    {
        if (bytes is null)
        {
            if (shared.Last is not null)
            {
                counters.Missing(); // of a backlog, nobody knows where it begins
            }

            return;
        }

        if (!SegmentCodec.TryDecode(bytes, id, out Segment? segment, out string? problem))
        {
            counters.Bad();
            ClusterLog.BadSegment(logger, stream.Value, ClusterKeys.Segment(stream, id.Epoch, id.Number)!, problem);
            return;
        }

        counters.Read(bytes.Length);
        progress.Read(segment.Data.Length);
        shared.Apply(segment, Math.Max(_view.MadeAt, segment.MadeAt));
        progress.Flows(time.GetTimestamp());
    }
}
