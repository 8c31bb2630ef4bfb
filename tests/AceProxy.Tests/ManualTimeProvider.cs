namespace AceProxy.Tests;

/// <summary>A clock that stands still until it is told to move; its timers fire, in the order they are due, on the thread that moves it.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TaskCompletionSource _armed = NewSignal();
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (_gate)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires what falls due on the way, each at its own moment.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset target = GetUtcNow() + by;
        while (TakeDue(target) is { } timer)
        {
            timer.Callback();
        }
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Completes once a timer is set that will fire within this time from now: what is tested has come to its wait.</summary>
    public Task TimerWithinAsync(TimeSpan most, CancellationToken cancellation) => TimerAsync(TimeSpan.Zero, most, cancellation);

    /// <summary>Completes once a timer is set that will fire exactly this long from now.</summary>
    public Task TimerInAsync(TimeSpan due, CancellationToken cancellation) => TimerAsync(due, due, cancellation);

    /// <summary>Moves the clock on whenever something waits for it, until the task has ended.</summary>
    public async Task AdvanceUntilAsync(Task ended, TimeSpan step, CancellationToken cancellation)
    {
        while (await Task.WhenAny(ended, TimerWithinAsync(TimeSpan.FromSeconds(2), cancellation)).WaitAsync(TimeSpan.FromSeconds(20), cancellation) != ended)
        {
            Advance(step);
        }
    }

    private async Task TimerAsync(TimeSpan least, TimeSpan most, CancellationToken cancellation)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                armed = _armed.Task;
                if (_timers.Exists(timer => timer.Due >= _now + least && timer.Due <= _now + most))
                {
                    return;
                }
            }

            await armed.WaitAsync(cancellation);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ManualTimer? TakeDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            ManualTimer? first = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            DateTimeOffset moment = first?.Due ?? target;
            _now = moment > _now ? moment : _now;
            if (first is not null)
            {
                first.Due = first.Period > TimeSpan.Zero ? _now + first.Period : null;
            }

            return first;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, Action callback) : ITimer
    {
        private bool _isDisposed;

        public Action Callback { get; } = callback;

        public DateTimeOffset? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_isDisposed)
                {
                    return false;
                }

                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                Period = period;
                (TaskCompletionSource armed, clock._armed) = (clock._armed, NewSignal());
                armed.SetResult();
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _isDisposed = true;
                Due = null;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
