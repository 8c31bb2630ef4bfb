using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using AceProxy.Engines.Selection;
using AceProxy.Engines.Sources;

namespace AceProxy.Engines;

/// <summary>Which engine is next, and who waits for one.</summary>
/// <remarks>
/// Who waits stands in one line, and only the first in it tries. An engine that somebody would rather avoid is taken when there is no
/// other, so what the first cannot have nobody behind it can. Streams that play already and have lost their engine go ahead of the line: it
/// gets only what none of them would take.
/// </remarks>
internal sealed class EnginePool : IDisposable
{
    /// <summary>Streams that may wait at once; more are refused at once. Each is one content that players ask for.</summary>
    private const int LongestLine = 1000;

    /// <summary>Between two looks at whether a predecessor is gone.</summary>
    private static readonly TimeSpan PredecessorInterval = TimeSpan.FromSeconds(1);

    private readonly EngineCatalog _catalog;
    private readonly EngineOptions _options;
    private readonly EngineSlots _slots;
    private readonly TimeProvider _time;
    private readonly ConcurrencyLimiter _line = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = 1,
        QueueLimit = LongestLine,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly SemaphoreSlim _choosing = new(1);
    private volatile TaskCompletionSource _changed = NewSignal();
    private readonly ConcurrentDictionary<object, IReadOnlyCollection<Engine>> _ahead = []; // who waits there → what it never takes
    private int _trying;
    private long _reservations;

    public EnginePool(EngineCatalog catalog, EngineOptions options, EngineSlots slots, TimeProvider time)
    {
        (_catalog, _options, _slots, _time) = (catalog, options, slots, time);
        catalog.Changed += Changed;
        slots.Freed += Changed;
    }

    public IReadOnlyList<Engine> Engines => _catalog.Engines;

    /// <summary>Somebody waits because nothing is free: who holds a slot without need should give it up.</summary>
    public bool IsWanted => Volatile.Read(ref _trying) > 0;

    /// <summary>Raised when that becomes so, and again whenever what became free was not enough, with what tells which engines are of use.</summary>
    public event Action<Func<Engine, bool>>? Wanted;

    /// <summary>Streams that wait for a free slot.</summary>
    public long Waiting => Volatile.Read(ref _trying) + (_line.GetStatistics()?.CurrentQueuedCount ?? 0);

    /// <summary>See <see cref="ISlotLedger.HearsOthers"/>.</summary>
    public bool HearsOthers(Engine engine) => _slots.HearsOthers(engine);

    /// <summary>Sessions that one engine may have at once.</summary>
    public int MaxStreams => _options.MaxStreams;

    public int SessionsOn(Engine engine) => _slots.Taken(engine);

    /// <summary>
    /// Whether a stream that another worker reads on the engine of this id could be read here: there as well, or in a free slot. Empty: nobody can
    /// read it, and any engine that takes sessions is better, free or not.
    /// </summary>
    public bool HasRoom(string id) => Engines.Any(engine => engine.Health.TakesSessions
        && (id.Length == 0 || engine.Address.Id == id || _slots.TakenAnywhere(engine) < MaxStreams));

    /// <summary>Whether there is an engine that takes sessions, free or not, other than the one of this id.</summary>
    public bool HasOther(string than) => Engines.Any(engine => engine.Address.Id != than && engine.Health.TakesSessions);

    /// <summary>Takes a slot on the best engine other than the one of this id, without standing in line, or null.</summary>
    public ValueTask<EngineReservation?> TryReserveOtherAsync(string than) =>
        TryReserveAsync(InOrder([]).Where(engine => engine.Address.Id != than));

    /// <summary>
    /// Takes a slot on the best engine; waits for one in order of arrival, up to <see cref="EngineOptions.WaitTimeout"/>. Null: nothing free
    /// in that time.
    /// </summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; nothing is held.</exception>
    public async Task<EngineReservation?> ReserveAsync(IReadOnlyCollection<Engine> avoided, CancellationToken cancellation)
    {
        if (_options.WaitTimeout == TimeSpan.Zero)
        {
            return await TryReserveAsync(avoided); // nobody stands in line
        }

        return await WithinAsync(_options.WaitTimeout, StandInLineAsync, cancellation);

        async Task<EngineReservation?> StandInLineAsync(CancellationToken limited)
        {
            using RateLimitLease first = await _line.AcquireAsync(1, limited);
            return first.IsAcquired ? await WaitAsync(avoided, "", IsForTheLine, limited) : null;
        }
    }

    /// <summary>The same for a stream that plays and has to go on: ahead of all who stand in line, and for as long as its viewers will wait.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <param name="predecessor">The worker that read it before: when it is gone, or has given the stream away, its slot is this stream's. Empty: none.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; nothing is held.</exception>
    public Task<EngineReservation?> ReserveAheadAsync(
        IReadOnlyCollection<Engine> avoided, string predecessor, TimeSpan patience, CancellationToken cancellation) =>
        ReserveAheadAsync(avoided, [], predecessor, patience, cancellation);

    /// <summary>The same, and never one of some: they are left to the line.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <param name="never">Not taken at all.</param>
    /// <param name="predecessor">As above.</param>
    public async Task<EngineReservation?> ReserveAheadAsync(
        IReadOnlyCollection<Engine> avoided, IReadOnlyCollection<Engine> never, string predecessor, TimeSpan patience, CancellationToken cancellation)
    {
        object place = new();
        _ahead[place] = never;
        try
        {
            return await WithinAsync(
                patience, limited => WaitAsync(avoided, predecessor, engine => !never.Contains(engine), limited), cancellation);
        }
        finally
        {
            _ahead.TryRemove(place, out _);
            Signal(); // the line's turn
        }
    }

    /// <summary>Takes a slot on the best engine without standing in line, or null: for a stream that plays and has to go on.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    public ValueTask<EngineReservation?> TryReserveAsync(IReadOnlyCollection<Engine> avoided) => TryReserveAsync(avoided, []);

    /// <summary>The same, and never one of some.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <param name="never">Not taken at all.</param>
    public ValueTask<EngineReservation?> TryReserveAsync(IReadOnlyCollection<Engine> avoided, IReadOnlyCollection<Engine> never) =>
        TryReserveAsync(InOrder(avoided).Where(engine => !never.Contains(engine)));

    /// <summary>The engine to put a question to that opens no session: the best, full or not.</summary>
    public Engine? Peek() => InOrder([]).FirstOrDefault();

    /// <summary>The next best after those that were asked already.</summary>
    public Engine? Peek(IReadOnlyCollection<Engine> asked) => InOrder([]).FirstOrDefault(engine => !asked.Contains(engine));

    /// <summary>Why nothing is free, for whoever has waited in vain.</summary>
    public string DescribeShortage()
    {
        IReadOnlyList<Engine> engines = Engines;
        string each = string.Join("; ", engines.Take(4).Select(engine => engine.Health.TakesSessions
            ? $"{engine} has {_slots.TakenAnywhere(engine)} of {_options.MaxStreams} sessions"
            : $"{engine} is {engine.Health.State.ToString().ToLowerInvariant()} ({engine.Health.Reason})"));
        return engines.Count switch
        {
            0 => "no engine is known",
            > 4 => $"no engine is free: {each}; and {engines.Count - 4} more",
            _ => $"no engine is free: {each}",
        };
    }

    public void Dispose()
    {
        _catalog.Changed -= Changed;
        _slots.Freed -= Changed;
        _line.Dispose();
        _choosing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<EngineReservation?> WithinAsync(
        TimeSpan limit, Func<CancellationToken, Task<EngineReservation?>> reserve, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await reserve(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null; // the limit ran out
        }
    }

    private async Task<EngineReservation?> WaitAsync(
        IReadOnlyCollection<Engine> avoided, string predecessor, Func<Engine, bool> isFor, CancellationToken cancellation)
    {
        bool isTrying = false;
        try
        {
            while (true)
            {
                Task changed = _changed.Task; // before looking: what changes after that is not missed
                if (await TryReserveAsync(InOrder(avoided).Where(isFor), predecessor) is { } reservation)
                {
                    return reservation;
                }

                if (!isTrying)
                {
                    isTrying = true;
                    Interlocked.Increment(ref _trying);
                }

                Wanted?.Invoke(isFor);
                await ChangedAsync(changed, predecessor, cancellation);
            }
        }
        finally
        {
            Interlocked.Add(ref _trying, isTrying ? -1 : 0);
        }
    }

    /// <summary>Nobody tells that a predecessor is gone, so whoever has one looks again.</summary>
    private async Task ChangedAsync(Task changed, string predecessor, CancellationToken cancellation)
    {
        try
        {
            await changed.WaitAsync(predecessor.Length > 0 ? PredecessorInterval : Timeout.InfiniteTimeSpan, _time, cancellation);
        }
        catch (TimeoutException)
        {
            // It may be by now.
        }
    }

    private bool IsForTheLine(Engine engine) => _ahead.All(place => place.Value.Contains(engine));

    private async ValueTask<EngineReservation?> TryReserveAsync(IEnumerable<Engine> inOrder, string predecessor = "")
    {
        // One at a time: two that chose at once would both find the same engine the least busy.
        await _choosing.WaitAsync();
        try
        {
            foreach (Engine engine in inOrder)
            {
                if (!await _slots.TryTakeAsync(engine, predecessor))
                {
                    continue;
                }

                if (engine.Health.TakesSessions)
                {
                    engine.Used(++_reservations);
                    return new EngineReservation(engine, _slots);
                }

                _slots.Release(engine); // it went between the look and the taking
            }

            return null;
        }
        finally
        {
            _choosing.Release();
        }
    }

    private IEnumerable<Engine> InOrder(IReadOnlyCollection<Engine> avoided)
    {
        IOrderedEnumerable<EngineCandidate> candidates = Engines
            .Where(engine => engine.Health.TakesSessions)
            .Select(engine => new EngineCandidate(engine, _slots.TakenAnywhere(engine)))
            .OrderBy(candidate => avoided.Contains(candidate.Engine))
            .ThenBy(candidate => candidate.Engine.Health.State);
        return _options.Selection.Order(candidates).ThenBy(candidate => candidate.Engine.LastReservation).Select(candidate => candidate.Engine);
    }

    /// <summary>Something may be free that was not.</summary>
    private void Changed()
    {
        _catalog.Forget(engine => _slots.Taken(engine) == 0);
        Signal();
    }

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
}
