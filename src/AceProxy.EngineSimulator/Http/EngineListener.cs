using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.EngineSimulator.Http;

/// <summary>Accepts connections on one port, which it keeps while it refuses them.</summary>
internal sealed class EngineListener(TimeProvider time, EventLog events, Func<HttpExchange, ValueTask> answer) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, (EngineConnection Connection, Task Run)> _connections = new();
    private readonly Lock _gate = new();
    private Socket? _socket;
    private bool _accepting;
    private Task _acceptLoop = Task.CompletedTask;
    private long _lastId;

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public int ConnectionCount => _connections.Count;

    public void Start(IPEndPoint endPoint)
    {
        lock (_gate)
        {
            _socket = Bind(endPoint);
            EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
            Accept();
        }
    }

    /// <summary>
    /// While refusing, a socket that is bound but does not listen holds the port, so that clients get "connection
    /// refused" and nobody else gets the port.
    /// </summary>
    public void Refuse(bool refusing)
    {
        lock (_gate)
        {
            if (refusing != _accepting || _stopping.IsCancellationRequested)
                return;
            if (refusing)
            {
                _accepting = false;
                _socket?.Close();
                _socket = Bind(EndPoint);
            }
            else
            {
                Accept();
            }
        }
        events.Add(EngineEventKind.RefusingChanged, refusing.ToString());
    }

    public void ResetConnections()
    {
        foreach (var (connection, _) in _connections.Values)
            connection.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping.Cancel();
            _socket?.Close();
        }
        await _acceptLoop;
        await Task.WhenAll(_connections.Values.Select(entry => entry.Run));
        _stopping.Dispose();
    }

    private static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private void Accept()
    {
        _socket!.Listen(backlog: 1024);
        _accepting = true;
        _acceptLoop = AcceptAsync(_socket);
    }

    private async Task AcceptAsync(Socket listening)
    {
        await Task.Yield();
        while (true)
        {
            Socket client;
            try
            {
                client = await listening.AcceptAsync(_stopping.Token);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            Serve(client);
        }
    }

    private void Serve(Socket client)
    {
        var id = Interlocked.Increment(ref _lastId);
        var connection = new EngineConnection(id, client, time, events, answer);
        // Begun only once it is in the table, so that it cannot end before it is there.
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[id] = (connection, RunAsync(id, connection, start.Task));
        start.SetResult();
    }

    private async Task RunAsync(long id, EngineConnection connection, Task start)
    {
        await start;
        try
        {
            await connection.RunAsync(_stopping.Token);
        }
        finally
        {
            _connections.TryRemove(id, out _);
            events.Changes.Raise();
        }
    }
}
