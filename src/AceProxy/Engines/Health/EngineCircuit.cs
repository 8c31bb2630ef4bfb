using Polly;
using Polly.CircuitBreaker;

namespace AceProxy.Engines.Health;

/// <summary>
/// A Polly circuit breaker for one engine: open it gets no sessions, and after a break, longer with every relapse, it may show in a trial
/// that it is back; if it does not, after another break of the same length. When to open is not a ratio here but a judgement of <see cref="SessionEvidence"/> and <see cref="Hysteresis"/>.
/// </summary>
internal sealed class EngineCircuit
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<bool> _pipeline;
    private readonly HealthOptions _options;
    private readonly TimeProvider _time;
    private int _relapses;
    private long _closedAt;

    public EngineCircuit(HealthOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _pipeline = new ResiliencePipelineBuilder<bool> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<bool>
            {
                // The least Polly takes: it opens at the second outcome of two if that is a failure, which is how Open() uses it.
                MinimumThroughput = 2,
                FailureRatio = 0.5,
                SamplingDuration = TimeSpan.FromSeconds(1),
                ShouldHandle = static outcome => ValueTask.FromResult(outcome.Outcome.Exception is not null || !outcome.Outcome.Result),
                BreakDurationGenerator = _ => ValueTask.FromResult(NextBreak()),
                OnClosed = _ =>
                {
                    _closedAt = time.GetTimestamp();
                    return default;
                },
                StateProvider = _state,
            })
            .Build();
    }

    public bool IsClosed => _state.CircuitState == CircuitState.Closed;

    /// <summary>How long the present break is, or the last one was.</summary>
    public TimeSpan Break { get; private set; }

    /// <summary>The engine is to blame. Not while a trial runs.</summary>
    public void Open()
    {
        if (IsClosed)
        {
            Judge(true);
            Judge(false);
        }
    }

    /// <summary>While it is open: once the break is over, lets the engine show that it is back. Does nothing before.</summary>
    /// <returns>True if the circuit has closed.</returns>
    public async Task<bool> TryCloseAsync(Func<CancellationToken, ValueTask<bool>> trial, CancellationToken cancellation)
    {
        try
        {
            return await _pipeline.ExecuteAsync(trial, cancellation);
        }
        catch (BrokenCircuitException)
        {
            return false;
        }
    }

    /// <summary>The engine is well beyond doubt: its next break is a short one.</summary>
    public void Proven() => _relapses = 0;

    private void Judge(bool isGood) => _pipeline.Execute(static good => good, isGood);

    private TimeSpan NextBreak()
    {
        if (!IsClosed)
        {
            return Break; // a trial has failed: it was not back, and asking costs nothing
        }

        if (_closedAt != 0 && _time.GetElapsedTime(_closedAt) >= _options.LongestBreak)
        {
            _relapses = 0;
        }

        double seconds = _options.Break.TotalSeconds * Math.Pow(2, Math.Min(_relapses++, 30));
        Break = TimeSpan.FromSeconds(Math.Min(seconds, _options.LongestBreak.TotalSeconds));
        return Break;
    }
}
