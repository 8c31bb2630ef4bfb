using System.Diagnostics.CodeAnalysis;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines.Health;
using AceProxy.Engines.Sources;

namespace AceProxy.Engines;

/// <summary>One engine: where it is, who named it, how it is, and what its sessions have told about it.</summary>
/// <remarks>What is known is changed under one lock; the judgement of it is published as one snapshot that anybody reads without.</remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A cancellation source without a timer or a link holds nothing.")]
internal sealed class Engine
{
    private readonly Lock _gate = new();
    private readonly HealthOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<Engine, EngineHealth> _changed;
    private readonly EngineCircuit _circuit;
    private readonly SessionEvidence _evidence;
    private readonly Hysteresis _status;
    private readonly Hysteresis _network;
    private EngineCheck? _lastCheck;
    private string _blame = "";
    private bool _isDrained;
    private volatile EngineListing? _listing;
    private volatile EngineAddress _address;
    private volatile EngineHealth _health;
    private volatile CancellationTokenSource _moveAway = new();
    private DateTimeOffset? _lastUsed;

    /// <param name="changed">Called after its state has changed, with what it was before.</param>
    public Engine(EngineListing listing, HealthOptions options, TimeProvider time, Action<Engine, EngineHealth> changed)
    {
        (_listing, _address, _options, _time, _changed) = (listing, listing.Address, options, time, changed);
        _circuit = new EngineCircuit(options, time);
        _evidence = new SessionEvidence(time);
        _status = new Hysteresis(options.Fall, options.Rise);
        _network = new Hysteresis(options.Fall, options.Rise);
        Probing = new ProbeSchedule(options.Interval > TimeSpan.Zero, time);
        _health = Judge();
    }

    public EngineAddress Address => _address;

    public EngineHealth Health => _health;

    /// <param name="id">host:port, in any case.</param>
    public bool IsNamed(string id) => Address.Id.Equals(id, StringComparison.OrdinalIgnoreCase);

    /// <summary>The sources that name it; none when it is gone.</summary>
    public IReadOnlyList<string> Sources => _listing?.Sources ?? [];

    /// <summary>As its last status had it; null if it has not said.</summary>
    public string? Version => Volatile.Read(ref _lastCheck)?.Version;

    /// <summary>Whether it says that it reaches the internet; null if it has not said.</summary>
    public bool? IsConnected => Volatile.Read(ref _lastCheck)?.IsConnected;

    /// <summary>Fires when sessions should go elsewhere: the engine is being drained, or is gone. A new one when it is back.</summary>
    public CancellationToken MoveAway => _moveAway.Token;

    /// <summary>A counter value of the last reservation, so that equals are taken in turn; written by <see cref="EnginePool"/> alone.</summary>
    public long LastReservation { get; private set; }

    /// <summary>When a session was last begun here; null: never.</summary>
    public DateTimeOffset? LastUsed
    {
        get
        {
            lock (_gate)
            {
                return _lastUsed;
            }
        }
    }

    /// <summary>When it is asked next how it is.</summary>
    public ProbeSchedule Probing { get; }

    /// <summary>Nothing is going on with it that should be looked at again soon.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return _circuit.IsClosed && _status.Against == 0 && _network is { IsUp: true, Against: 0 };
            }
        }
    }

    /// <summary>A session here could not be opened, or could not be continued.</summary>
    public void SessionFailed(ContentKey content, EngineFailure failure) => Change(() =>
    {
        if (!_evidence.Failed(content, failure))
        {
            return;
        }

        Probing.Hasten();
        if (_evidence.IsConvicting && _circuit.IsClosed)
        {
            Open($"different contents failed: {_evidence.Reason}");
        }
    });

    /// <summary>A session here yields data.</summary>
    public void SessionFlowed(ContentKey content) => Change(() =>
    {
        _evidence.Flowed();
        if (_circuit.IsClosed)
        {
            _circuit.Proven();
        }
    });

    /// <summary>Asks how it is: once while its circuit is closed; while it is open as often in a row as it takes to close it, after the break.</summary>
    public async Task CheckAsync(Func<CancellationToken, Task<EngineCheck>> ask, CancellationToken cancellation)
    {
        if (_circuit.IsClosed)
        {
            EngineCheck check = await ask(cancellation);
            Change(() => Note(check));
        }
        else
        {
            bool isBack = await _circuit.TryCloseAsync(token => TryAsync(ask, token), cancellation);
            Change(() =>
            {
                if (isBack)
                {
                    _status.Reset();
                    _evidence.KeepLast();
                }
            });
        }
    }

    /// <summary>An operator wants it empty, or no longer.</summary>
    public void Drain(bool isDrained) => Change(() => _isDrained = isDrained);

    /// <summary>What the sources say of it now; null: none names it any more.</summary>
    public void List(EngineListing? listing) => Change(() =>
    {
        _listing = listing;
        _address = listing?.Address ?? _address;
    });

    /// <summary>A session is about to begin here.</summary>
    public void Used(long reservation)
    {
        lock (_gate)
        {
            LastReservation = reservation;
            _lastUsed = _time.GetUtcNow();
        }
    }

    public override string ToString() => Address.Id;

    private void Note(EngineCheck check)
    {
        Volatile.Write(ref _lastCheck, check with { Version = check.Version ?? _lastCheck?.Version });
        _status.Tell(check.StatusProblem is null);
        if (check.StatusProblem is null)
        {
            _network.Tell(check.NetworkProblem is null && check.IsConnected != false);
        }

        if (!_status.IsUp && _circuit.IsClosed)
        {
            Open($"{check.StatusProblem}, {_options.Fall} times in a row");
        }
    }

    private async ValueTask<bool> TryAsync(Func<CancellationToken, Task<EngineCheck>> ask, CancellationToken cancellation)
    {
        for (int good = 0; good < _options.Rise; good++)
        {
            if (good > 0)
            {
                await Task.Delay(_options.RetryInterval, _time, cancellation);
            }

            EngineCheck check = await ask(cancellation);
            if (check.StatusProblem is { } problem)
            {
                Change(() => _blame = problem);
                return false;
            }

            Change(() => Note(check));
        }

        return true;
    }

    private void Open(string blame)
    {
        _blame = blame;
        _circuit.Open();
    }

    /// <summary>Changes what is known, judges anew and tells; what others do about it happens outside the lock.</summary>
    private void Change(Action change)
    {
        EngineHealth before, after;
        CancellationTokenSource? leave = null;
        lock (_gate)
        {
            before = _health;
            change();
            after = Judge();
            if (after.IsLeaving && !_moveAway.IsCancellationRequested)
            {
                leave = _moveAway;
            }
            else if (!after.IsLeaving && before.IsLeaving)
            {
                _moveAway = new CancellationTokenSource();
            }

            _health = after; // last: who sees that it is back finds the new source
        }

        _ = leave?.CancelAsync(); // what sessions do about it is not the caller's to wait for
        if (after.State != before.State)
        {
            _changed(this, before);
        }
    }

    private EngineHealth Judge()
    {
        (EngineState state, string reason) = this switch
        {
            { _listing: null } => (EngineState.Gone, "no source names it any more"),
            { _isDrained: true } => (EngineState.Draining, "drained by an operator"),
            { _listing.Draining: { } draining } => (EngineState.Draining, draining),
            { _circuit.IsClosed: false } => (EngineState.Open, $"{_blame}; left alone for {_circuit.Break.TotalSeconds:0.#} s at a time"),
            { _network.IsUp: false } => (EngineState.Degraded, _lastCheck?.NetworkProblem ?? "it says that it has no internet connection"),
            { _listing.Complaint: { } complaint } => (EngineState.Degraded, complaint),
            { _evidence.IsSuspicious: true } => (EngineState.Degraded, $"different contents failed: {_evidence.Reason}"),
            { _status.Against: > 0 } => (EngineState.Healthy, $"{_lastCheck?.StatusProblem}, {_status.Against} of {_options.Fall} times"),
            { _lastCheck: null } => (EngineState.Healthy, "not asked yet"),
            _ => (EngineState.Healthy, "answers"),
        };
        DateTimeOffset since = _health is { } health && health.State == state ? health.Since : _time.GetUtcNow();
        return new EngineHealth(state, reason, since);
    }
}
