using System.Buffers;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace AceProxy.EngineApi.Polling;

/// <summary>
/// A connection whose data is passed on by the thread that waits for it. It is read in large pieces, whatever the reader asks for: the HTTP
/// client takes a chunked body through a buffer of 4 KiB, which would be several calls of the kernel for each burst.
/// </summary>
/// <remarks>One reader and one writer, not at once, as an HTTP/1.1 request without a body is sent. Cancelled by disposal, which is what the HTTP client does.</remarks>
internal sealed class PolledStream : Stream, IPolledSocket, IValueTaskSource<int>, IValueTaskSource
{
    /// <summary>What engines were seen to send in one go fits in.</summary>
    private const int AheadSize = 64 * 1024;

    private const int NotYet = -1;

    private readonly Lock _gate = new();
    private readonly PollLoop _loop;
    private readonly Socket _socket;
    private readonly long _id;
    private byte[] _ahead = [];
    private ManualResetValueTaskSourceCore<int> _waiting;
    private Memory<byte> _wanted;
    private Readiness _awaited;
    private int _taken;
    private int _filled;
    private bool _isDrained;
    private bool _hasRead;
    private bool _isDisposed;

    public PolledStream(PollLoop loop, Socket socket)
    {
        (_loop, _socket) = (loop, socket);
        _id = loop.Register(socket, this);
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The rest of what has been read, or what there is, or what comes next.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            int count = _taken < _filled || buffer.IsEmpty ? Take(buffer) : _isDrained ? NotYet : Receive(buffer);
            if (count != NotYet)
            {
                return ValueTask.FromResult(count);
            }

            _wanted = buffer;
            Await(Readiness.Read);
            return new ValueTask<int>(this, _waiting.Version);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return ValueTask.FromException<int>(Broken(exception));
        }
    }

    /// <summary>A request fits the socket's empty buffer; more than that waits.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int sent = _socket.Send(buffer.Span, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                await WritableAsync();
            }
            else if (error != SocketError.Success)
            {
                throw Broken(new SocketException((int)error));
            }

            buffer = buffer[Math.Max(sent, 0)..];
        }
    }

    /// <summary>Until the connection that was begun is there.</summary>
    /// <exception cref="SocketException">It cannot be had.</exception>
    public async Task ConnectedAsync()
    {
        await WritableAsync();
        if (_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int and not 0 and var error)
        {
            throw new SocketException(error);
        }
    }

    public void Ready()
    {
        Readiness awaited;
        lock (_gate)
        {
            (awaited, _awaited) = (_awaited, Readiness.None);
        }

        switch (awaited)
        {
            case Readiness.Write:
                Complete(0, isData: false);
                break;
            case Readiness.Read:
                Deliver();
                break;
            default:
                break; // disposed of in the meantime
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _waiting.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _waiting.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _waiting.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiting.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            bool wasAwaited;
            lock (_gate)
            {
                if (_isDisposed)
                {
                    return;
                }

                _isDisposed = true;
                wasAwaited = _awaited != Readiness.None;
                _awaited = Readiness.None;
                _loop.Forget(_socket, _id);
                _socket.Dispose();
            }

            if (wasAwaited)
            {
                Fail(new ObjectDisposedException(nameof(PolledStream)));
            }
        }

        base.Dispose(disposing);
    }

    private static bool IsExpected(Exception exception) => exception is SocketException or ObjectDisposedException or IOException;

    /// <summary>What the HTTP client expects of a broken connection.</summary>
    private static IOException Broken(Exception exception) => exception as IOException ?? new IOException(exception.Message, exception);

    private ValueTask WritableAsync()
    {
        Await(Readiness.Write);
        return new ValueTask(this, _waiting.Version);
    }

    private void Await(Readiness readiness)
    {
        _waiting.Reset();
        Arm(readiness);
    }

    private void Arm(Readiness readiness)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _awaited = readiness;
            _loop.Await(_socket, _id, readiness);
        }
    }

    private void Deliver()
    {
        try
        {
            int count = Receive(_wanted);
            if (count == NotYet)
            {
                Arm(Readiness.Read); // it was somebody's false alarm
                return;
            }

            bool isData = _hasRead && count > 0;
            _hasRead = true;
            Complete(count, isData);
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            Fail(Broken(exception));
        }
    }

    /// <summary>For whoever asks for little, more than that is read.</summary>
    /// <returns>How many bytes are in <paramref name="buffer"/>; 0 at the end, or <see cref="NotYet"/>.</returns>
    private int Receive(Memory<byte> buffer)
    {
        if (buffer.Length >= AheadSize)
        {
            return Receive(buffer.Span);
        }

        // The same for whatever this thread reads, since it mostly is empty again when this burst is done with: it stays in the core's cache.
        _ahead = ArrayPool<byte>.Shared.Rent(AheadSize);
        (_taken, _filled) = (0, 0);
        int count = Receive(_ahead.AsSpan(0, AheadSize));
        _filled = Math.Max(count, 0);
        int taken = Take(buffer);
        return count > 0 ? taken : count;
    }

    private int Receive(Span<byte> room)
    {
        int count = _socket.Receive(room, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new SocketException((int)error);
        }

        _isDrained = error == SocketError.WouldBlock || (count > 0 && count < room.Length); // then the next call would find nothing
        return error == SocketError.WouldBlock ? NotYet : count;
    }

    private int Take(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _filled - _taken);
        _ahead.AsSpan(_taken, count).CopyTo(buffer.Span);
        _taken += count;
        if (_taken == _filled && _ahead.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_ahead);
            _ahead = [];
        }

        return count;
    }

    /// <param name="isData">What is done with data waits for nothing, and is done here; what a reply or an end leads to may.</param>
    private void Complete(int count, bool isData)
    {
        _wanted = default;
        _waiting.RunContinuationsAsynchronously = !isData;
        _waiting.SetResult(count);
    }

    private void Fail(Exception exception)
    {
        _wanted = default;
        _waiting.RunContinuationsAsynchronously = true;
        _waiting.SetException(exception);
    }
}
