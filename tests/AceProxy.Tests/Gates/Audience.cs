using System.Net.Sockets;
using System.Text;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Gates;

/// <summary>
/// Many players that take everything at once and look at nothing, on one thread that allocates nothing while they do, so that what is
/// counted in the program is not moved by those who make it work.
/// </summary>
internal sealed class Audience : IDisposable
{
    /// <summary>A player that looks only so often takes a chunk at a time: no socket ever fills.</summary>
    private const int PauseMilliseconds = 5;

    private readonly Socket[] _players;
    private readonly long[] _bytes;
    private readonly byte[] _sink = new byte[1 << 20];
    private readonly Thread _thread;
    private volatile bool _isOver;

    private Audience(Socket[] players)
    {
        _players = players;
        _bytes = new long[players.Length];
        _thread = new Thread(Listen) { IsBackground = true };
        _thread.Start();
    }

    public int Count => _players.Length;

    /// <summary>What the one that has got the least has got, framing included.</summary>
    public long LeastBytes
    {
        get
        {
            long least = long.MaxValue;
            for (int player = 0; player < _bytes.Length; player++)
            {
                least = Math.Min(least, Volatile.Read(ref _bytes[player]));
            }

            return least;
        }
    }

    public static Audience Join(Uri address, string contentId, int players)
    {
        byte[] request = Encoding.ASCII.GetBytes($"GET /ace/getstream?id={contentId} HTTP/1.1\r\nHost: proxy\r\n\r\n");
        return new Audience(
        [
            .. Enumerable.Range(0, players).Select(_ =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(address.Host, address.Port);
                socket.Send(request);
                return socket;
            }),
        ]);
    }

    /// <summary>Until everybody has got so many bytes more.</summary>
    public async Task TakesAsync(long bytes)
    {
        long enough = LeastBytes + bytes;
        await SafetyNet.EventuallyAsync(() => LeastBytes >= enough, () => $"the slowest player has {LeastBytes} of {enough} bytes");
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        foreach (Socket player in _players)
        {
            player.Dispose();
        }
    }

    private void Listen()
    {
        while (!_isOver)
        {
            for (int player = 0; player < _players.Length; player++)
            {
                int available = _players[player].Available;
                if (available > 0)
                {
                    int read = _players[player].Receive(_sink);
                    Volatile.Write(ref _bytes[player], _bytes[player] + read);
                }
            }

            Thread.Sleep(PauseMilliseconds);
        }
    }
}
