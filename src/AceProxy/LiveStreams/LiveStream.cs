using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.Upstream;

namespace AceProxy.LiveStreams;

/// <summary>
/// One content on this worker: session, reader, ring and clients. Starts with its first client and ends when it fails, when the worker
/// stops, or when its last client has been gone for the grace period. Once closing it takes nobody in; its successor waits for its end.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The run disposes what it owns; a cancelled source without a timer holds nothing.")]
internal sealed class LiveStream
{
    /// <summary>For players that lag when the worker stops; those that keep up have everything at once.</summary>
    private static readonly TimeSpan LingerAtShutdown = TimeSpan.FromSeconds(1);

    private readonly LiveStreamServices _services;
    private readonly LiveStreamRegistry _registry;
    private readonly Task _predecessor;
    private readonly Audience _audience;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _forgotten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Activity? _opening;
    private readonly Task _firstChange;
    private volatile EngineFailure? _failure;
    private volatile Stage _stage;

    /// <param name="predecessor">The end of the stream that had this content before: its session must be gone first.</param>
    public LiveStream(ContentRequest request, LiveStreamServices services, LiveStreamRegistry registry, Task predecessor)
    {
        (Request, _services, _registry, _predecessor) = (request, services, registry, predecessor);
        _audience = new Audience(services.Options.GracePeriod, services.Time, CloseDeserted);
        Ring = new ChunkRing(services.RingOptions, services.Time);
        _firstChange = Ring.Changed; // it may be closed before it runs
        Ring.FanOut.Lateness = services.Metrics.Lateness;
        _opening = StreamMetrics.BeginOpening(Key);
        StartedAt = services.Time.GetUtcNow();
    }

    public ContentRequest Request { get; }

    public ContentKey Key => Request.Key;

    public ChunkRing Ring { get; }

    public UpstreamProgress Progress { get; } = new();

    public DateTimeOffset StartedAt { get; }

    /// <summary>What this worker does for it.</summary>
    public StreamRole Role { get; private set; }

    public IReadOnlyList<Client> Clients => _audience.Clients;

    public int ClientCount => _audience.Count;

    public long BytesOut => _audience.BytesOut;

    /// <summary>The span of its opening, with that of the client who began it, which others wait for too; null where nobody traces.</summary>
    public (ActivitySpanId Parent, ActivityContext Span)? Opening => _opening is null ? null : (_opening.ParentSpanId, _opening.Context);

    /// <summary>Completes when the session has been stopped and the engine released; never faults.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when its last client has gone too and its memory has been given back; never faults.</summary>
    public Task Forgotten => _forgotten.Task;

    /// <summary>Set when another stream turned out to be the same content: its clients go there.</summary>
    public ContentKey? Twin { get; private set; }

    /// <summary>Why it could not be started or continued; read it once the ring is completed.</summary>
    public EngineFailure? Failure => _failure;

    public LiveStreamState State =>
        _audience.IsClosed ? LiveStreamState.Stopping
        : !Progress.HasData ? LiveStreamState.Opening
        : !Progress.IsFlowing ? LiveStreamState.Recovering
        : _audience.Count == 0 ? LiveStreamState.Idle
        : LiveStreamState.Playing;

    /// <summary>Nobody gets in any more, and its memory will be given back.</summary>
    public bool IsClosed => _audience.IsClosed;

    /// <summary>Counts a client in, from before the session is opened: who waits for a start must keep it wanted. False once closing.</summary>
    public bool TryAttach(Client client) => _audience.TryAdd(client);

    /// <summary>
    /// Counts a client out; the last one starts the grace period, or the end if others wait for an engine. Harmless for one that is out already.
    /// </summary>
    public void Detach(Client client)
    {
        _audience.Remove(client);
        if (_services.Engines.IsWanted)
        {
            TryYield();
        }
    }

    /// <summary>How long nobody has been there; null while somebody is.</summary>
    public TimeSpan? IdleFor => _audience.IdleFor;

    /// <summary>Ends it if nobody is there, whatever is left of the grace period: others wait for an engine.</summary>
    /// <returns>True if that sets an engine's slot free, once the session is stopped.</returns>
    public bool TryYield()
    {
        Stage stage = _stage;
        if (Role == StreamRole.Follower || stage is not (Stage.Queueing or Stage.Admitted) || !_audience.TryCloseEmpty())
        {
            return false;
        }

        End(null);
        return stage == Stage.Admitted;
    }

    /// <summary>Ends it if nobody is there, whatever is left of the grace period and wherever its data comes from: others need its memory.</summary>
    public bool TryGiveWay()
    {
        if (_stage is Stage.Waiting or Stage.Opening || !_audience.TryCloseEmpty())
        {
            return false; // while an engine is being asked there is nothing yet that could be stopped
        }

        End(null);
        return true;
    }

    /// <summary>Runs until the end. Called once, by the registry.</summary>
    public async Task RunAsync()
    {
        LiveStreamLog.Started(_services.Logger, Key.Value);
        _services.Events.Record(new ProxyEvent(EventKind.StreamStarted) { Stream = Key.Value });
        Activity.Current = _opening ?? Activity.Current;
        Task opened = EndOpeningAsync();
        EngineFailure? failure = null;
        using (_services.Time.CreateTimer(_ => CloseUnlessStarted(), null, _services.Options.InitTimeout, Timeout.InfiniteTimeSpan))
        {
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
        }

        Close(failure);
        await opened;
        _registry.Remove(this);
        double seconds = (_services.Time.GetUtcNow() - StartedAt).TotalSeconds;
        string reason = Failure?.Message ?? "nobody watches";
        LiveStreamLog.Ended(
            _services.Logger, Key.Value, seconds, Progress.Bytes, BytesOut, _audience.Most, Progress.Reconnections,
            Progress.Failovers, reason);
        _services.Metrics.Ended(Failure);
        _services.Events.Record(new ProxyEvent(EventKind.StreamStopped)
        {
            Stream = Key.Value,
            Reason = reason,
            Seconds = Math.Round(seconds, 3),
            Bytes = BytesOut,
        });
        if (_audience.Count == 0)
        {
            Forget(); // before the end is told: who waits for it finds nothing left
            _ended.SetResult();
            return;
        }

        // Those who are still there may take what is in the ring, for as long as it would have been kept or the worker has.
        _ended.SetResult();
        bool isShutdown = Failure?.Kind == EngineFailureKind.ShuttingDown;
        await (isShutdown
            ? _audience.EmptyAsync(LingerAtShutdown, EndReason.Shutdown)
            : _audience.EmptyAsync(_services.RingOptions.Ttl, EndReason.StreamEnded));
        Forget();
    }

    /// <summary>With its first data it is open, or with its end it failed to; whatever it asks of engines until then is in its span.</summary>
    private async Task EndOpeningAsync()
    {
        await _firstChange;
        if (_failure is { } failure && !Progress.HasData)
        {
            _opening?.SetStatus(ActivityStatusCode.Error, failure.Message);
        }

        _opening?.Stop();
    }

    /// <summary>Ends it: nobody else gets in, the session is stopped, clients get what is in the ring and then the end.</summary>
    /// <returns>False: it was ending already.</returns>
    public bool Close(EngineFailure? failure)
    {
        if (!_audience.TryClose())
        {
            return false;
        }

        End(failure);
        return true;
    }

    private async Task<EngineFailure?> ReadAsync()
    {
        using var writer = new RingWriter(Ring, _services.Slabs, _services.Ticker, _services.RingOptions, _services.Time);
        var run = new StreamRun
        {
            Stream = this,
            Writer = writer,
            ReadEngine = (choice, cancellation) => ReadEngineAsync(writer, choice, cancellation),
            TryReserveOther = _services.Engines.TryReserveOtherAsync,
            HasRoom = _services.Engines.HasRoom,
            Engine = () => Progress.Session?.Engine is { Health.TakesSessions: true } engine ? engine.Address.Id : "",
            Promise = Promise,
            Hold = _audience.Hold,
            Role = TakeRole,
        };
        return await _services.Source.RunAsync(run, _closing.Token);
    }

    private async Task<EngineFailure?> ReadEngineAsync(RingWriter writer, EngineChoice choice, CancellationToken cancellation)
    {
        _stage = Stage.Queueing;
        EngineReservation? slot;
        EngineFailure? failure;
        using (OpeningWatch queue = _services.Openings.Begin(OpeningPhase.Queue))
        {
            slot = choice.Reserved ?? await ReserveAsync(Others(), choice.Predecessor, cancellation);
            failure = slot is null ? new EngineFailure(EngineFailureKind.NoEngine, _services.Engines.DescribeShortage()) : null;
            queue.On(slot?.Engine.Address.Id ?? "").Done(failure);
        }

        if (slot is null)
        {
            return failure;
        }

        _stage = Progress.HasData ? Stage.Admitted : Stage.Opening;
        CloseDeserted(); // it may be so since it stood in line
        return await _services.Upstream.RunAsync(slot, new UpstreamIntake(Request, Ring, writer, Progress, Admit) { Avoided = Others }, cancellation);

        Engine[] Others() => [.. _services.Engines.Engines.Where(engine => engine.Address.Id == choice.Avoided())];
    }

    private void Promise(string worker)
    {
        if (Progress.Session is { } session)
        {
            session.Slot.Heir = worker;
        }
    }

    /// <summary>A stream that plays already, of an owner that is no more, is no newcomer: its viewers wait for an engine as for data.</summary>
    private Task<EngineReservation?> ReserveAsync(Engine[] avoided, string predecessor, CancellationToken cancellation)
    {
        TimeSpan left = _services.Upstream.PatienceLeft(Progress);
        return Progress.HasData && left > TimeSpan.Zero
            ? _services.Engines.ReserveAheadAsync(avoided, predecessor, left, cancellation)
            : _services.Engines.ReserveAsync(avoided, cancellation);
    }

    /// <summary>A session has been opened: is it live, has nobody else the same content, and does anybody still want it?</summary>
    private EngineFailure? Admit(ContentSelector selector, EngineSession session)
    {
        if (!session.IsLive)
        {
            return new EngineFailure(EngineFailureKind.NotLive, "the content is not live");
        }

        if (session.Infohash is { } infohash)
        {
            _services.Resolver.Learn(Request.Selectors[0], infohash);
            var canonical = ContentKey.ForInfohash(infohash, selector.FileIndex);
            if (canonical != Key && _registry.ClaimAlias(this, canonical) is { } twin && !Progress.HasData) // who plays already is not sent elsewhere
            {
                Twin = twin;
                return new EngineFailure(EngineFailureKind.Unwanted, $"the same as {twin}, which is open already");
            }
        }

        _stage = Stage.Admitted; // before asking: a desertion after the question finds it set and closes
        CloseDeserted();
        if (_services.Engines.IsWanted)
        {
            TryYield();
        }

        return _audience.IsClosed
            ? new EngineFailure(EngineFailureKind.Unwanted, "nobody waits for it any more")
            : null;
    }

    private void TakeRole(StreamRole role)
    {
        Role = role;
        if (role == StreamRole.Follower)
        {
            _stage = Stage.Admitted; // no engine was asked for anything
            CloseDeserted();
        }
    }

    private void CloseDeserted()
    {
        // While the engine has not answered there is nothing to stop yet: Admit refuses the session then, unless somebody comes first.
        if (_stage == Stage.Admitted && _audience.TryCloseDeserted())
        {
            End(null);
        }
    }

    private void CloseUnlessStarted()
    {
        if (!Progress.HasData)
        {
            Close(new EngineFailure(EngineFailureKind.TimedOut, $"no data within {_services.Options.InitTimeout.TotalSeconds:0.###} s"));
        }
    }

    private void Forget()
    {
        _audience.Dispose();
        Ring.Dispose();
        _registry.Forget(this);
        _forgotten.SetResult();
    }

    private void End(EngineFailure? failure)
    {
        _failure = failure;
        Ring.Complete();
        _closing.Cancel();
    }

    private enum Stage
    {
        /// <summary>Its predecessor's session is being stopped.</summary>
        Waiting,

        /// <summary>It stands in line for an engine, and leaves nothing behind if it goes.</summary>
        Queueing,

        /// <summary>An engine was asked for the first session and has not answered.</summary>
        Opening,

        /// <summary>It has a session, follows one of another worker's, or has played and is between two.</summary>
        Admitted,
    }
}
