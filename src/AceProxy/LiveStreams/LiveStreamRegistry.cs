using AceProxy.Access.Limits;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.LiveStreams;

/// <summary>All live streams of this worker, one per content however many ask at once.</summary>
internal sealed class LiveStreamRegistry : IHostedService
{
    /// <summary>What a stream needs at least to be worth beginning, in bytes: some seconds.</summary>
    private const long LeastRing = 4 * 1048576;

    private readonly LiveStreamServices _services;
    private readonly EngineSessions _sessions;
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentKey, LiveStream> _streams = [];
    private readonly HashSet<LiveStream> _present = [];
    private (long In, long Out) _bytesOfTheGone;
    private bool _isStopping;
    private int _isMakingRoom;

    public LiveStreamRegistry(LiveStreamServices services, EngineSessions sessions)
    {
        (_services, _sessions) = (services, sessions);
        services.Engines.Wanted += YieldOne;
        services.Slabs.Pressed += MakeRoomSoon;
    }

    public IReadOnlyList<LiveStream> All()
    {
        lock (_gate)
        {
            return [.. _present];
        }
    }

    /// <summary>Read and sent by all streams, those that have ended included.</summary>
    public (long In, long Out) Bytes()
    {
        lock (_gate)
        {
            return _present.Aggregate(_bytesOfTheGone, Plus);
        }
    }

    /// <summary>
    /// The stream of a content with the client counted in, started if there is none. Null when the worker is stopping, or a limit is in the
    /// way; idle streams have given way before it is.
    /// </summary>
    public LiveStream? Attach(ContentRequest request, Client client, out Limit? exceeded)
    {
        while (true)
        {
            if (TryAttach(request, client, out exceeded) is { } stream)
            {
                return stream;
            }

            if (exceeded is not (Limit.Streams or Limit.Rings) || !MakeRoom())
            {
                return null;
            }
        }
    }

    private LiveStream? TryAttach(ContentRequest request, Client client, out Limit? exceeded)
    {
        lock (_gate)
        {
            exceeded = null;
            if (_isStopping)
            {
                return null;
            }

            if (_streams.TryGetValue(request.Key, out LiveStream? present) && !present.IsClosed)
            {
                // Clients come in under this lock only, so there cannot be more by now.
                if (_services.Limits.ClientsPerStream is var most and > 0 && present.ClientCount >= most)
                {
                    exceeded = Limit.ClientsPerStream;
                    return null;
                }

                if (present.TryAttach(client))
                {
                    return present;
                }
            }

            exceeded = ExceededByAnother();
            if (exceeded is not null)
            {
                return null;
            }

            var stream = new LiveStream(request, _services, this, present?.Ended ?? Task.CompletedTask);
            stream.TryAttach(client);
            _streams[request.Key] = stream;
            _present.Add(stream);
            _ = Task.Run(stream.RunAsync); // its end is awaited by whoever needs it, through Ended
            return stream;
        }
    }

    /// <summary>True if a stream goes by this key and takes clients.</summary>
    public bool Contains(ContentKey key)
    {
        lock (_gate)
        {
            return _streams.ContainsKey(key);
        }
    }

    /// <summary>A stream has learned its canonical key: it goes by that too, unless another does, which is returned then.</summary>
    public ContentKey? ClaimAlias(LiveStream stream, ContentKey canonical)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(canonical, out LiveStream? other) && other != stream && !other.Ended.IsCompleted)
            {
                return canonical;
            }

            _streams[canonical] = stream;
            return null;
        }
    }

    /// <summary>Takes a stream's keys away that are still its own: its successor may have them by now.</summary>
    public void Remove(LiveStream stream)
    {
        lock (_gate)
        {
            foreach ((ContentKey key, LiveStream present) in _streams.Where(pair => pair.Value == stream).ToArray())
            {
                _streams.Remove(key);
            }
        }
    }

    /// <summary>A stream has ended and its last client has gone.</summary>
    public void Forget(LiveStream stream)
    {
        lock (_gate)
        {
            _present.Remove(stream);
            _bytesOfTheGone = Plus(_bytesOfTheGone, stream);
        }
    }

    /// <summary>Ends the stream of this key; its clients get what is there, and the end.</summary>
    /// <returns>False: there is none that is not ending already.</returns>
    public bool Stop(string key)
    {
        LiveStream[] streams;
        lock (_gate)
        {
            streams = [.. _present.Where(stream => stream.Key.Value == key)];
        }

        var stopped = new EngineFailure(EngineFailureKind.Stopped, "stopped by an operator");
        bool isDone = false;
        foreach (LiveStream stream in streams)
        {
            isDone |= stream.Close(stopped);
        }

        return isDone;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins the end at once: responses end as soon as they have what is there, sessions are being stopped. Called before the server stops taking requests.</summary>
    public void BeginStop()
    {
        IReadOnlyList<LiveStream> streams;
        lock (_gate)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
            streams = [.. _present];
        }

        LiveStreamLog.Stopping(_services.Logger, streams.Count);
        foreach (LiveStream stream in streams)
        {
            stream.Close(new EngineFailure(EngineFailureKind.ShuttingDown, "the worker is stopping"));
        }
    }

    /// <summary>Waits until every session has been stopped at its engine, as long as the host allows.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginStop();
        try
        {
            await Task.WhenAll(All().Select(stream => stream.Ended)).WaitAsync(cancellationToken);
            await _sessions.DrainAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host's patience is over; engines drop sessions without a reader by themselves.
        }
    }

    /// <summary>What one stream more would exceed. Those that are closing do not count: what they hold is on its way back.</summary>
    private Limit? ExceededByAnother()
    {
        LiveStream[] open = [.. _present.Where(stream => !stream.IsClosed)];
        if (_services.Limits.Streams is var most and > 0 && open.Length >= most)
        {
            return Limit.Streams;
        }

        long least = Math.Min(LeastRing, _services.RingOptions.Size);
        long taken = open.Sum(stream => Math.Max(stream.Ring.Footprint, least));
        return taken + least > _services.Limits.RingsSize && open.Length > 0 ? Limit.Rings : null;
    }

    /// <summary>The stream that has been idle for longest ends, before its grace period is over.</summary>
    private bool MakeRoom() =>
        All().Where(stream => stream.IdleFor is not null).OrderByDescending(stream => stream.IdleFor).Any(stream => stream.TryGiveWay());

    /// <summary>The rings have grown to what they may take together. Whoever noticed is in the midst of appending, and does not wait.</summary>
    private void MakeRoomSoon()
    {
        if (Interlocked.Exchange(ref _isMakingRoom, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static self =>
                {
                    self.MakeRoom();
                    Volatile.Write(ref self._isMakingRoom, 0);
                },
                this, preferLocal: false);
        }
    }

    private static (long In, long Out) Plus((long In, long Out) sum, LiveStream stream) =>
        (sum.In + stream.Progress.Bytes, sum.Out + stream.BytesOut);

    /// <summary>A stream waits for an engine: the one that has been idle for longest makes room before its grace period is over.</summary>
    private void YieldOne(Func<Engine, bool> isOfUse)
    {
        IEnumerable<LiveStream> idle = All()
            .Where(stream => stream.IdleFor is not null && (stream.Progress.Session is not { } session || isOfUse(session.Engine)))
            .OrderByDescending(stream => stream.IdleFor);
        foreach (LiveStream stream in idle)
        {
            if (stream.TryYield())
            {
                return;
            }
        }
    }
}
