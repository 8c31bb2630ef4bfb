using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace AceProxy.Buffering;

/// <summary>
/// The followers of one ring. Whoever appends a chunk passes it on to all of them, one after the other on its own thread: no wake-up, no
/// queue, no allocation between the engine's bytes and the viewers' sockets.
/// </summary>
internal sealed class FanOut(ChunkRing ring)
{
    /// <summary>
    /// With so many followers a chunk is sent in place: the kernel refers to its pages instead of copying them for each client. That
    /// costs the pages, which cannot be written again, so a few clients are cheaper to copy for.
    /// </summary>
    private const int SendInPlaceFrom = 8;

    /// <summary>Sending once more to so few costs less than the timer that would spare it.</summary>
    private const int Few = 4;

    private readonly Lock _gate = new();
    private readonly List<IRingFollower> _followers = [];
    private readonly ConcurrentQueue<IRingFollower> _arrivals = [];
    private bool _isPublishing;
    private bool _isDue;

    /// <summary>Somebody follows, and no more than a few.</summary>
    public bool IsToFew => _followers.Count is > 0 and <= Few;

    /// <summary>Told, once a chunk, how many seconds after its close it had been passed to everybody who keeps up; null: nobody wants to know.</summary>
    public Histogram<double>? Lateness { get; set; }

    /// <summary>One that has caught up. What has been published since, it gets with the next chunk.</summary>
    public void Add(IRingFollower follower)
    {
        _arrivals.Enqueue(follower);
        if (ring.IsCompleted || follower.Sequence < ring.Next)
        {
            Publish(); // the next chunk may be long in coming, or never come
        }
    }

    /// <summary>For the ring, after each append and when it is completed; returns soon and never throws.</summary>
    public void Publish()
    {
        lock (_gate)
        {
            _isDue = true;
            if (_isPublishing)
            {
                return; // a follower that was being pushed to has caught up on this very thread: the loop it came from goes round again
            }

            _isPublishing = true;
            while (_isDue)
            {
                _isDue = false;
                PublishOnce();
            }

            _isPublishing = false;
        }
    }

    private void PublishOnce()
    {
        while (_arrivals.TryDequeue(out IRingFollower? follower))
        {
            _followers.Add(follower);
        }

        if (_followers.Count > 0)
        {
            PushToAll();
        }
    }

    private void PushToAll()
    {
        if (ring.TryAcquire(ring.Next - 1, out Chunk? newest) == ChunkRead.Acquired)
        {
            bool inPlace = _followers.Count >= SendInPlaceFrom && newest!.Slab.Place.IsFile;
            if (inPlace)
            {
                newest!.Slab.IsSentInPlace = true;
            }

            for (int at = _followers.Count - 1; at >= 0; at--)
            {
                if (!_followers[at].Push(newest!, inPlace))
                {
                    _followers[at] = _followers[^1];
                    _followers.RemoveAt(_followers.Count - 1);
                }
            }

            Lateness?.Record(ring.AgeOf(newest!).TotalSeconds);
            newest!.Release();
        }

        if (ring.IsCompleted)
        {
            _followers.ForEach(follower => follower.Complete());
            _followers.Clear();
        }
    }
}
