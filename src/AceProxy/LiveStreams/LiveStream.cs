using System.Diagnostics.CodeAnalysis;
using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Upstream;

namespace AceProxy.LiveStreams;

/// <summary>
/// One content on this worker: session, reader, ring and clients. Starts with its first client and ends when it fails, when the worker
/// stops, or when its last client has been gone for the grace period. Once closing it takes nobody in; its successor waits for its end.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A cancelled source without a timer holds nothing; Close may race with any later end.")]
internal sealed class LiveStream
{
    private readonly LiveStreamServices _services;
    private readonly LiveStreamRegistry _registry;
    private readonly Task _predecessor;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<Client> _clients = [];
    private readonly ITimer _grace;
    private long _idleSince;
    private bool _graceIsOver;
    private bool _isAdmitted;
    private bool _isClosing;
    private long _bytesOutOfTheGone;
    private EngineFailure? _failure;

    /// <param name="predecessor">The end of the stream that had this content before: its session must be gone first.</param>
    public LiveStream(ContentRequest request, LiveStreamServices services, LiveStreamRegistry registry, Task predecessor)
    {
        (Request, _services, _registry, _predecessor) = (request, services, registry, predecessor);
        Ring = new ChunkRing(services.RingOptions, services.Time);
        StartedAt = services.Time.GetUtcNow();
        _grace = services.Time.CreateTimer(_ => GraceIsOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ContentRequest Request { get; }

    public ContentKey Key => Request.Key;

    public ChunkRing Ring { get; }

    public UpstreamProgress Progress { get; } = new();

    public DateTimeOffset StartedAt { get; }

    /// <summary>Completes when the session has been stopped and the engine released; never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Set when another stream turned out to be the same content: its clients go there.</summary>
    public ContentKey? Twin { get; private set; }

    /// <summary>Why it could not be started or continued; read it once the ring is completed.</summary>
    public EngineFailure? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    public long BytesOut
    {
        get
        {
            lock (_gate)
            {
                return _bytesOutOfTheGone + _clients.Sum(client => client.Bytes);
            }
        }
    }

    public LiveStreamState State
    {
        get
        {
            lock (_gate)
            {
                return _isClosing ? LiveStreamState.Stopping
                    : Progress.Bytes == 0 ? LiveStreamState.Opening
                    : !Progress.IsFlowing ? LiveStreamState.Recovering
                    : _clients.Count == 0 ? LiveStreamState.Idle
                    : LiveStreamState.Playing;
            }
        }
    }

    public IReadOnlyList<Client> Clients()
    {
        lock (_gate)
        {
            return [.. _clients];
        }
    }

    /// <summary>Counts a client in, from before the session is opened: who waits for a start must keep it wanted. False once closing.</summary>
    public bool TryAttach(Client client)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return false;
            }

            _graceIsOver = false;
            return _clients.Add(client);
        }
    }

    /// <summary>Counts a client out; the last one starts the grace period. Harmless for one that is out already.</summary>
    public void Detach(Client client)
    {
        lock (_gate)
        {
            if (!_clients.Remove(client))
            {
                return;
            }

            _bytesOutOfTheGone += client.Bytes;
            if (_clients.Count == 0)
            {
                _idleSince = _services.Time.GetTimestamp();
                _grace.Change(_services.Options.GracePeriod, Timeout.InfiniteTimeSpan);
            }

            if (_clients.Count > 0 || !_ended.Task.IsCompleted)
            {
                return;
            }
        }

        Forget();
    }

    /// <summary>Runs until the end. Called once, by the registry.</summary>
    public async Task RunAsync()
    {
        LiveStreamLog.Started(_services.Logger, Key.Value);
        using ITimer init = _services.Time.CreateTimer(_ => InitIsOver(), null, _services.Options.InitTimeout, Timeout.InfiniteTimeSpan);
        EngineFailure? failure = null;
        try
        {
            await _predecessor.WaitAsync(_closing.Token);
            failure = await ReadAsync();
        }
        catch (OperationCanceledException)
        {
            // Closing: the reason, if there is one to tell, is set already.
        }
        catch (Exception exception)
        {
            LiveStreamLog.Crashed(_services.Logger, exception, Key.Value);
            failure = new EngineFailure(EngineFailureKind.Interrupted, "an unexpected error; see the log");
        }

        Close(failure);
        _registry.Remove(this);
        Finish();
    }

    /// <summary>Ends it: nobody else gets in, the session is stopped, clients get what is in the ring and then the end.</summary>
    public void Close(EngineFailure? failure)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return;
            }

            _isClosing = true;
            _failure = failure;
        }

        Ring.Complete();
        _closing.Cancel();
    }

    private async Task<EngineFailure?> ReadAsync()
    {
        using EngineReservation? reservation = _services.Engines.TryReserve();
        if (reservation is null)
        {
            return new EngineFailure(EngineFailureKind.NoEngine, "no engine is free");
        }

        using var writer = new RingWriter(Ring, _services.Slabs, _services.RingOptions, _services.Time);
        return await _services.Upstream.RunAsync(reservation.Engine, Request, writer, Progress, Admit, _closing.Token);
    }

    /// <summary>A session has been opened: is it still wanted, is it live, and has nobody else the same content?</summary>
    private EngineFailure? Admit(ContentSelector selector, EngineSession session)
    {
        if (!session.IsLive)
        {
            return new EngineFailure(EngineFailureKind.NotLive, "the content is not live");
        }

        if (session.Infohash is { } infohash)
        {
            _services.Resolver.Learn(selector, infohash);
            var canonical = ContentKey.ForInfohash(infohash, selector.FileIndex);
            if (canonical != Key && _registry.ClaimAlias(this, canonical) is { } twin)
            {
                Twin = twin;
                return new EngineFailure(EngineFailureKind.Interrupted, $"the same as {twin}, which is open already");
            }
        }

        lock (_gate)
        {
            if (_isClosing || _graceIsOver)
            {
                return new EngineFailure(EngineFailureKind.Interrupted, "nobody waits for it any more");
            }

            _isAdmitted = true;
            return null;
        }
    }

    private void GraceIsOver()
    {
        lock (_gate)
        {
            if (_ended.Task.IsCompleted)
            {
                EndClients(EndReason.StreamEnded);
            }

            if (_clients.Count > 0 || _isClosing)
            {
                return; // somebody came back, or it is over anyway
            }

            TimeSpan left = _services.Options.GracePeriod - _services.Time.GetElapsedTime(_idleSince);
            if (left > TimeSpan.Zero)
            {
                // Somebody came back and left again while this call was on its way: this is another period.
                _grace.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _graceIsOver = true;
            if (!_isAdmitted)
            {
                return; // the engine has not answered yet: the session it opens is stopped then, unless somebody comes first
            }
        }

        Close(null);
    }

    private void InitIsOver()
    {
        if (Progress.Bytes == 0)
        {
            double seconds = _services.Options.InitTimeout.TotalSeconds;
            Close(new EngineFailure(EngineFailureKind.TimedOut, $"no data within {seconds:0.###} s"));
        }
    }

    private void Finish()
    {
        LiveStreamLog.Ended(
            _services.Logger, Key.Value, (_services.Time.GetUtcNow() - StartedAt).TotalSeconds, Progress.Bytes, BytesOut,
            Progress.Reconnections, Failure?.Message ?? "nobody watches");
        lock (_gate)
        {
            if (_clients.Count > 0)
            {
                // They may take what is in the ring, for as long as it would have been kept.
                _ended.SetResult();
                _grace.Change(_services.RingOptions.Ttl, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Forget(); // before the end is told: who waits for it finds nothing left
        _ended.SetResult();
    }

    private void EndClients(EndReason reason)
    {
        foreach (Client client in _clients)
        {
            client.End(reason); // asynchronous: it does not come back here to change the set
        }
    }

    /// <summary>It has ended and its last client has gone.</summary>
    private void Forget()
    {
        _grace.Dispose();
        Ring.Dispose();
        _registry.Forget(this);
    }
}
