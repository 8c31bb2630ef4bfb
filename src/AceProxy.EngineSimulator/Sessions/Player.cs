using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AceProxy.EngineSimulator.Sessions;

/// <summary>Who a session belongs to: the pid of the start call or, without one, the client's address.</summary>
internal readonly record struct Player(string? Pid, string Address)
{
    /// <summary>
    /// 32 hex digits for the URLs. Without a pid it is the MD5 of the address, as documented examples show; with one the
    /// real formula is not known, only that it is not the MD5 of the pid.
    /// </summary>
    [SuppressMessage("Security", "CA5351", Justification = "An identifier that the engine makes with MD5, not a secret.")]
    public string Token => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(Pid is null ? Address : "pid:" + Pid)));
}
