using System.Security.Cryptography;

namespace AceProxy.LiveStreams;

/// <summary>One connected player: who it is, how far it has got, and the way to end it.</summary>
internal sealed class Client : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended;
    private readonly Lock _gate = new();
    private EndReason? _endReason;
    private long _bytes;
    private long _lastProgress;
    private long _heartbeatAt;
    private long _queued;
    private volatile bool _isSending;
    private bool _isDisposed;

    public Client(string address, string userAgent, TimeProvider time, CancellationToken connectionClosed)
    {
        (Address, UserAgent, _time) = (address, userAgent, time);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(connectionClosed);
        StartedAt = _lastProgress = _heartbeatAt = time.GetTimestamp();
    }

    /// <summary>Of its own for every connection: address and player name collide behind one NAT. 60 random bits.</summary>
    public string Id { get; } = RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 12);

    public string Address { get; }

    public string UserAgent { get; }

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long StartedAt { get; }

    /// <summary>Bytes of the stream that its connection has accepted.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The number of the chunk that it has to be sent next; negative before its first.</summary>
    public long Next { get; set; } = -1;

    /// <summary>How often it has been lapped and had to jump.</summary>
    public int Jumps { get; private set; }

    /// <summary>Fires when it hangs up or is ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Set when it was ended from here rather than hung up.</summary>
    public EndReason? EndReason
    {
        get
        {
            lock (_gate)
            {
                return _endReason;
            }
        }
    }

    /// <summary>Something is about to be handed to its connection.</summary>
    public void Sending()
    {
        Volatile.Write(ref _lastProgress, _time.GetTimestamp());
        _queued = 0;
        _isSending = true;
    }

    /// <summary>Its connection has accepted what was handed to it.</summary>
    public void Accepted(int bytes)
    {
        _isSending = false;
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _lastProgress, _time.GetTimestamp());
    }

    /// <summary>
    /// For the monitor: a system's send queue that has shrunk is progress too. It may hold megabytes, and is not reported as writable before
    /// a third of that is gone, which takes a slow player minutes.
    /// </summary>
    public void NoteQueue()
    {
        long queued = SendQueue?.Invoke() ?? 0;
        if (queued < _queued)
        {
            Volatile.Write(ref _lastProgress, _time.GetTimestamp());
        }

        _queued = queued;
    }

    public void Jumped() => Jumps++;

    /// <summary>Something was handed to its connection that it has not accepted yet.</summary>
    public bool IsSending => _isSending;

    /// <summary>Tells how many bytes its connection has accepted that have not reached the player; null where nobody knows.</summary>
    public Func<long>? SendQueue { get; init; }

    /// <summary>It was left in the midst of something, so that its connection can only be cut.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>How long its connection has accepted nothing although something was handed to it.</summary>
    public TimeSpan StalledFor() => _isSending ? _time.GetElapsedTime(Volatile.Read(ref _lastProgress)) : TimeSpan.Zero;

    /// <summary>Notes its progress. One that waits for the stream is as alive as one that accepts; one that accepts nothing is not.</summary>
    public void Heartbeat()
    {
        _heartbeatAt = _isSending ? Math.Max(_heartbeatAt, Volatile.Read(ref _lastProgress)) : _time.GetTimestamp();
    }

    public TimeSpan SinceHeartbeat() => _time.GetElapsedTime(_heartbeatAt);

    /// <summary>Ends its stream; the first reason counts.</summary>
    public void End(EndReason reason)
    {
        lock (_gate)
        {
            _endReason ??= reason;
            if (!_isDisposed)
            {
                // Asynchronously: the caller may hold a lock that what follows the cancellation wants.
                _ = _ended.CancelAsync();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (_endReason is null)
            {
                _ended.Dispose(); // otherwise its cancellation may still be under way, and it goes with the request
            }
        }
    }
}
