using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AceProxy.Tests;

/// <summary>Answers HTTP requests byte by byte as a test likes, also in ways no HTTP server would.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<RawExchange, Task> _answer;
    private readonly ConcurrentQueue<RawRequest> _requests = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Task _accepting;

    private RawServer(IPAddress address, Func<RawExchange, Task> answer)
    {
        _answer = answer;
        _listener = new TcpListener(address, 0);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Also after the end, when nobody listens there any more.</summary>
    public IPEndPoint EndPoint { get; }

    public IReadOnlyList<RawRequest> Requests => [.. _requests];

    public static RawServer Start(Func<RawExchange, Task> answer) => new(IPAddress.Loopback, answer);

    /// <summary>Another host on loopback.</summary>
    public static RawServer StartForeign() => new(IPAddress.Parse("127.66.66.66"), exchange => exchange.ReplyAsync("{}"));

    /// <summary>Returns when one more request has come; each is waited for once.</summary>
    public Task RequestAsync(CancellationToken cancellation) => _arrived.WaitAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
        _arrived.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                NetworkStream stream = connection.GetStream();
                var head = new StringBuilder();
                byte[] one = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    if (await stream.ReadAsync(one, _stopping.Token) == 0)
                    {
                        return;
                    }

                    head.Append((char)one[0]);
                }

                var request = new RawRequest(head.ToString());
                _requests.Enqueue(request);
                _arrived.Release();
                await _answer(new RawExchange(request, stream, _stopping.Token)).WaitAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The client has gone, or the test is over.
            }
        }
    }
}
