namespace AceProxy.EngineApi;

/// <summary>
/// A connection whose loss before the first byte of the reply fails its request. <see cref="SocketsHttpHandler"/> would send a GET up to
/// three times more on new connections then, and has no switch for it; but a GET opens a session here, or is a playback URL's one reader.
/// What it repeats upon is an <see cref="IOException"/>.
/// </summary>
internal sealed class SingleAttemptStream(Stream connection) : Stream
{
    private bool _hasReply;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasReply ? connection.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await connection.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Lost(exception);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override void Flush() => connection.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await connection.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw Lost(exception);
        }

        _hasReply = read > 0;
        return read > 0 || buffer.IsEmpty ? read : throw Lost(null);
    }

    private static InvalidOperationException Lost(IOException? exception) =>
        new(exception?.Message ?? "the connection was closed without a reply", exception);
}
