using System.Collections.Concurrent;
using System.Diagnostics;
using AceProxy.Buffering;

namespace AceProxy.Delivery.Direct;

/// <summary>
/// The clients of one stream that keep up with it. Whoever appends a chunk sends it to all of them, one non-blocking call each, in one loop
/// on its own thread: no wake-up, no queue, no allocation between the engine's bytes and the viewers' sockets.
/// </summary>
internal sealed class FanOut
{
    /// <summary>
    /// With so many followers a chunk is sent in place: the kernel refers to its pages instead of copying them for each client. That
    /// costs the pages, which cannot be written again, so a few clients are cheaper to copy for.
    /// </summary>
    private const int SendInPlaceFrom = 8;

    private readonly ChunkRing _ring;
    private readonly Lock _gate = new();
    private readonly List<DirectClient> _followers = [];
    private readonly ConcurrentQueue<DirectClient> _arrivals = [];
    private bool _isPublishing;
    private bool _isDue;

    public FanOut(ChunkRing ring)
    {
        Debug.Assert(ring.Published is null, "a ring publishes to one fan-out");
        _ring = ring;
        ring.Published = Publish;
    }

    /// <summary>A client that has caught up. What has been published since, it gets with the next chunk.</summary>
    public void Add(DirectClient client)
    {
        _arrivals.Enqueue(client);
        if (_ring.IsCompleted || client.Sequence < _ring.Next)
        {
            Publish(); // the next chunk may be long in coming, or never come
        }
    }

    private void Publish()
    {
        lock (_gate)
        {
            _isDue = true;
            if (_isPublishing)
            {
                return; // a client that was being pushed to has caught up on this very thread: the loop it came from goes round again
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
        while (_arrivals.TryDequeue(out DirectClient? client))
        {
            _followers.Add(client);
        }

        if (_followers.Count > 0)
        {
            PushToAll();
        }
    }

    private void PushToAll()
    {
        if (_ring.TryAcquire(_ring.Next - 1, out Chunk? newest) == ChunkRead.Acquired)
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

            newest!.Release();
        }

        if (_ring.IsCompleted)
        {
            _followers.ForEach(client => client.Complete());
            _followers.Clear();
        }
    }
}
