using System.Threading.RateLimiting;

namespace AceProxy.Engines;

/// <summary>The engines, which one is next, and who waits for one.</summary>
/// <remarks>
/// Who waits stands in one line, and only the first in it tries. An engine that somebody would rather avoid is taken when there is no
/// other, so what the first cannot have nobody behind it can.
/// </remarks>
internal sealed class EnginePool : IDisposable
{
    /// <summary>Streams that may wait at once; more are refused at once. Each is one content that players ask for.</summary>
    private const int LongestLine = 1000;

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
    private readonly Engine[] _engines;
    private volatile TaskCompletionSource _changed = NewSignal();
    private long _reservations;

    public EnginePool(EngineOptions options, EngineSlots slots, TimeProvider time)
    {
        (_options, _slots, _time) = (options, slots, time);
        _engines = [.. options.Engines.Select(address => new Engine(address, time))];
        slots.Freed = Changed;
    }

    public IReadOnlyList<Engine> Engines => _engines;

    public int SessionsOn(Engine engine) => _slots.Taken(engine);

    /// <summary>
    /// Takes a slot on the best engine; waits for one in order of arrival, up to <see cref="EngineOptions.WaitTimeout"/>. Null: nothing free in that time.
    /// </summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; nothing is held.</exception>
    public async Task<EngineReservation?> ReserveAsync(IReadOnlyCollection<Engine> avoided, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_options.WaitTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            using RateLimitLease first = await _line.AcquireAsync(1, either.Token);
            while (first.IsAcquired)
            {
                Task changed = _changed.Task;
                if (await TryReserveAsync(avoided) is { } reservation)
                {
                    return reservation;
                }

                await changed.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The limit ran out.
        }

        return null;
    }

    /// <summary>Takes a slot on the best engine without standing in line, or null: for a stream that plays and has to go on.</summary>
    /// <param name="avoided">Taken only when there is no other.</param>
    public async ValueTask<EngineReservation?> TryReserveAsync(IReadOnlyCollection<Engine> avoided)
    {
        // One at a time: two that chose at once would both find the same engine the least busy.
        await _choosing.WaitAsync();
        try
        {
            foreach (Engine engine in InOrder().OrderBy(avoided.Contains))
            {
                if (await _slots.TryTakeAsync(engine))
                {
                    engine.LastReservation = ++_reservations;
                    return new EngineReservation(engine, _slots);
                }
            }

            return null;
        }
        finally
        {
            _choosing.Release();
        }
    }

    /// <summary>The engine to put a question to that opens no session.</summary>
    public Engine? Peek() => InOrder().FirstOrDefault();

    public void Dispose()
    {
        _line.Dispose();
        _choosing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IEnumerable<Engine> InOrder() => _engines
        .Where(engine => engine.Health.TakesSessions)
        .OrderByDescending(engine => engine.Address.IsForwarded)
        .ThenBy(_slots.Taken)
        .ThenBy(engine => engine.LastReservation);

    /// <summary>Something may be free that was not.</summary>
    private void Changed()
    {
        TaskCompletionSource changed = Interlocked.Exchange(ref _changed, NewSignal());
        changed.SetResult();
    }
}
