using System.Diagnostics.CodeAnalysis;
using AceProxy.Cluster.Connection;
using AceProxy.Content;

namespace AceProxy.Cluster.Leases;

/// <summary>
/// The right to write a stream's segments. Renewed at a third of its life; it counts as lost when no renewal has been confirmed for its whole
/// life, measured by this worker's clock from before the request was sent: Redis cannot have given it to anybody earlier than that.
/// </summary>
[SuppressMessage("Reliability", "CA2213", Justification = "A source without a timer holds nothing, and others may still look at it.")]
internal sealed class Lease : IAsyncDisposable
{
    private readonly Leases _leases;
    private readonly ContentKey _stream;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _renewing;
    private long _confirmed;
    private long _doubtedAt; // 0: never

    /// <param name="asked">The timestamp from before it was asked for.</param>
    public Lease(Leases leases, ContentKey stream, LeaseHolder holder, long asked)
    {
        (_leases, _stream, Holder, _confirmed) = (leases, stream, holder, asked);
        TimeSpan left = Left;
        _lost = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, leases.Time);
        Lost = _lost.Token;
        _renewing = RenewAsync(_ending.Token);
    }

    public LeaseHolder Holder { get; }

    public long Epoch => Holder.Epoch;

    /// <summary>Fires when it can be somebody else's.</summary>
    public CancellationToken Lost { get; }

    /// <summary>By the clock; a process that was stopped for a while may look here before the timer has fired.</summary>
    public bool IsLive => !Lost.IsCancellationRequested && Left > TimeSpan.Zero;

    /// <summary>Other workers had clients of the stream when it was last renewed.</summary>
    public bool IsShared { get; private set; }

    /// <summary>
    /// Called when a renewal has told whether other workers have clients of the stream. As long as Redis may not know, they are said to have some:
    /// a session nobody watches costs less than one that is closed under its viewers.
    /// </summary>
    public Action<bool>? WantedElsewhere { get; set; }

    private bool IsInDoubt => Volatile.Read(ref _doubtedAt) is not 0 and var at && _leases.Time.GetElapsedTime(at) < _leases.Recall;

    private TimeSpan Left => _leases.Life - _leases.Time.GetElapsedTime(Volatile.Read(ref _confirmed));

    /// <summary>Redis may have lost who has clients: that nobody else has is not believed until all have had the time to say so again.</summary>
    public void Doubt() => Volatile.Write(ref _doubtedAt, _leases.Time.GetTimestamp());

    /// <summary>Redis has said that it is not ours any more.</summary>
    public void Lose() => _lost.Cancel();

    /// <summary>Gives it back, and tells the followers why.</summary>
    public async Task ReleaseAsync(StreamMessage why)
    {
        await StopRenewingAsync();
        await _leases.ReleaseAsync(_stream, Holder, why);
        Lose();
    }

    /// <summary>The other workers that have clients of the stream, the one with the most first.</summary>
    public Task<IReadOnlyList<string>> FindFollowersAsync() => _leases.FindFollowersAsync(_stream);

    /// <summary>Gives it to that worker.</summary>
    /// <returns>False when it was not ours any more, or Redis is away; it is held then until it is disposed of, or lost.</returns>
    public async Task<bool> HandOverAsync(string worker)
    {
        if (!await _leases.HandOverAsync(_stream, Holder, worker))
        {
            return false;
        }

        await StopRenewingAsync();
        Lose();
        return true;
    }

    /// <summary>Renews it no more; in Redis it runs out by itself unless it was released.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopRenewingAsync();
        _lost.CancelAfter(Timeout.InfiniteTimeSpan); // its timer; a renewal that is still under way may look at it
    }

    /// <summary>Renews it at once, to hear whether others have clients.</summary>
    /// <returns>False when Redis did not answer.</returns>
    public async Task<bool> RenewNowAsync()
    {
        long asked = _leases.Time.GetTimestamp();
        Answer<RenewedLease> answer = await _leases.RenewAsync(_stream, Holder);
        if (!answer.IsThere || _ending.IsCancellationRequested)
        {
            return answer.IsThere;
        }

        if (answer.Value == RenewedLease.Lost)
        {
            Lose();
        }
        else if (IsLive)
        {
            Confirm(asked);
            IsShared = answer.Value == RenewedLease.Shared;
            if (answer.Value == RenewedLease.PutBack)
            {
                Doubt();
            }

            WantedElsewhere?.Invoke(IsShared || IsInDoubt);
        }

        return true;
    }

    private void Confirm(long asked)
    {
        lock (_lost)
        {
            _confirmed = Math.Max(_confirmed, asked);
            TimeSpan left = Left;
            _lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private async Task StopRenewingAsync()
    {
        await _ending.CancelAsync();
        await _renewing;
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        TimeSpan wait = _leases.Life / 3;
        try
        {
            while (!Lost.IsCancellationRequested)
            {
                await Task.Delay(wait, _leases.Time, cancellation);
                wait = await RenewNowAsync() ? _leases.Life / 3 : _leases.Life / 12;
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }
}
